"""An HTTP proxy that knows CONNECT only, for tests.

usage: connect_proxy.py RECORD [STATUS]

Prints its port. RECORD takes the head of each request and then every byte of the tunnel, both ways. With STATUS every request is refused
with it. Ends when standard input closes.
"""
import socket
import sys
import threading

import serving

record = open(sys.argv[1], "ab", buffering=0)
status = sys.argv[2] if len(sys.argv) > 2 else None


def copy(source, target):
    try:
        while data := source.recv(65536):
            record.write(data)
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client):
    head = b""
    while b"\r\n\r\n" not in head:
        data = client.recv(4096)
        if not data:
            return
        head += data
    record.write(head)
    method, target, _ = head.split(b" ", 2)
    if status or method != b"CONNECT":
        client.sendall(f"HTTP/1.1 {status or 405} No\r\nContent-Length: 0\r\n\r\n".encode())
        return client.close()
    host, port = target.decode().rsplit(":", 1)
    server = socket.create_connection((host, int(port)))
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    threading.Thread(target=copy, args=(server, client), daemon=True).start()
    copy(client, server)


listener = socket.create_server(("127.0.0.1", 0))
serving.run(listener, serve, listener.getsockname()[1])
