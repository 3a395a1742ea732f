"""An HTTP server on a Unix socket for tests of streamed answers; prints a line when it listens, ends when stdin closes.

usage: line_server.py SOCKET
The path of a request says how it is answered; `/open` counts the connections that are open.
"""
import socket
import sys
import threading
import time

import serving

TEXT = b'{"event":"one"}\n\n{"event":"zw\xc3\xb6lf"}\r\n{"event":"three"}\n'
open_connections = 0
lock = threading.Lock()


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def head(status=b"200 OK", extra=b"Transfer-Encoding: chunked\r\n"):
    return b"HTTP/1.1 " + status + b"\r\n" + extra + b"\r\n"


def answer(connection, path):
    """Writes the answer for a path; returning closes the connection."""
    words = path.strip("/").split("/")
    if words[0] == "split":  # every way to cut the text in two, with a pause that makes two reads of it
        at = int(words[1])
        connection.sendall(head() + (chunk(TEXT[:at]) if at else b""))
        time.sleep(0.002)
        connection.sendall(chunk(TEXT[at:]) + b"0\r\n\r\n")
    elif words[0] == "bytes":
        connection.sendall(head())
        for index in range(len(TEXT)):
            connection.sendall(chunk(TEXT[index:index + 1]))
        connection.sendall(b"0\r\n\r\n")
    elif words[0] == "unfinished":
        connection.sendall(head() + chunk(b'{"event":"whole"}\n{"event":"ha') + b"0\r\n\r\n")
    elif words[0] == "cut":
        connection.sendall(head() + chunk(b'{"event":"whole"}\n'))
    elif words[0] == "no-answer":
        return
    elif words[0] == "long":
        connection.sendall(head())
        for _ in range(100):
            connection.sendall(chunk(b"x" * 4096))
    elif words[0] == "quiet":  # a first line and then nothing
        connection.sendall(head() + chunk(b'{"event":"hello"}\n'))
        connection.recv(1)
    elif words[0] == "drip":  # a line without end, one byte at a time
        connection.sendall(head())
        for _ in range(1000):
            connection.sendall(chunk(b"x"))
            time.sleep(0.02)
    elif words[0] == "no-head":
        connection.recv(1)
    elif words[0] == "refused":
        body = b'{"type":"about:blank","status":403}\n'
        connection.sendall(head(b"403 Forbidden", b"Content-Length: %d\r\n" % len(body)) + body)
    elif words[0] == "refused-endless":
        connection.sendall(head(b"503 Service Unavailable") + chunk(b"wait"))
        connection.recv(1)
    elif words[0] == "open":
        body = b"%d\n" % (open_connections - 1)
        connection.sendall(head(extra=b"Content-Length: %d\r\n" % len(body)) + body)


def serve(connection):
    global open_connections
    with lock:
        open_connections += 1
    try:
        request = b""
        while b"\r\n\r\n" not in request:
            data = connection.recv(4096)
            if not data:
                return
            request += data
        answer(connection, request.split(b" ")[1].decode())
    except OSError:
        pass
    finally:
        connection.close()
        with lock:
            open_connections -= 1


listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(64)
serving.run(listener, serve, "ready")
