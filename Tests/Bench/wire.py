"""Requests as bytes: HTTP on a Unix socket, and D-Bus calls, written by hand so that no library is measured."""

import os
import socket
import struct


def connect(path, user=None, timeout=30):
    """A connection to a Unix socket; as another user when this runs as root."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    if user is not None:
        os.seteuid(user)
    try:
        connection.connect(path)
    finally:
        if user is not None:
            os.seteuid(0)
    return connection


def request(method, path, headers=(), body=b""):
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n" + "".join(f"{line}\r\n" for line in headers)
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def answer(connection):
    """The status and body of one answer."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += received(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        body += received(connection)
    return int(lines[0].split()[1]), body


def received(connection):
    more = connection.recv(65536)
    if not more:
        raise EOFError("closed without an answer")
    return more


def ask(path, method, target, headers=(), body=b""):
    connection = connect(path)
    try:
        connection.sendall(request(method, target, headers, body))
        return answer(connection)
    finally:
        connection.close()


def bus_call(serial, destination, path, interface, member, arguments=()):
    """A method call of D-Bus whose arguments are all strings."""

    def padded(data, to):
        return data + b"\0" * (-len(data) % to)

    def string(text):
        return struct.pack("<I", len(text)) + text.encode() + b"\0"

    body = b""
    for text in arguments:
        body = padded(body, 4) + string(text)
    fields = b""
    for code, kind, text in [(1, "o", path), (2, "s", interface), (3, "s", member), (6, "s", destination)]:
        fields = padded(fields, 8) + bytes([code, 1]) + kind.encode() + b"\0" + string(text)
    if arguments:
        signature = b"s" * len(arguments)
        fields = padded(fields, 8) + bytes([8, 1]) + b"g\0" + bytes([len(signature)]) + signature + b"\0"
    head = struct.pack("<cBBBIII", b"l", 1, 0, 1, len(body), serial, len(fields))
    return padded(head + fields, 8) + body


def bus_connection(path):
    """A connection to a message bus that has said hello; answers to that may still be unread."""
    connection = connect(path)
    connection.sendall(b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode() + b"\r\n")
    if not received(connection).startswith(b"OK "):
        raise EOFError("the bus does not want us")
    connection.sendall(b"BEGIN\r\n" + bus_call(1, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello"))
    connection.settimeout(0.3)
    try:
        while True:
            received(connection)
    except TimeoutError:
        connection.settimeout(None)
    return connection
