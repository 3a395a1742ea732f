"""Stands where a service manager keeps pidd's socket, and loses pidd as often as it is told.

usage: kept_socket.py SOCKET PIDD-SOCKET LOST WHEN

The first LOST connections that ask for a capture are closed: `asked`, as soon as they have asked, or `captured`, when pidd
has answered. All others reach pidd. Prints a line when it listens, and one for each request.
"""
import os
import socket
import sys
import threading
import time

path, target, lost, when = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
lock = threading.Lock()


def copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def serve(client):
    global lost
    first = client.recv(65536)
    line = first.split(b"\r\n")[0].decode()
    print(line, flush=True)
    with lock:
        loses = line.startswith("CAPTURE") and lost > 0
        lost -= loses
    if loses and when == "asked":
        return client.shutdown(socket.SHUT_RDWR)
    pidd = socket.socket(socket.AF_UNIX)
    pidd.connect(target)
    pidd.sendall(first)
    if loses:
        threading.Thread(target=lambda: [pidd.sendall(data) for data in iter(lambda: client.recv(65536), b"")],
                         daemon=True).start()
        pidd.recv(65536)
        time.sleep(0.5)  # the events of the capture arrive meanwhile
        return client.shutdown(socket.SHUT_RDWR)
    threading.Thread(target=copy, args=(client, pidd), daemon=True).start()
    copy(pidd, client)


listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(16)
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
