"""An RD service on a Unix socket for tests, without a scanner: answers every CAPTURE in the way its argument says.

usage: rd_server.py SOCKET LOG BEHAVIOUR

BEHAVIOUR is an errCode, an errCode and its errInfo as `700=why`, `http-STATUS`, `silent` (never answers), `rubbish`,
`registry=FOLDER` (a capture by the device of that folder, bound as asked), `api=MIN-MAX` (a pidd of these versions of the protocol),
`restart` (says once that it ends, then captures), or `stopping` and `shutting-down`, the two ways in which pidd says that it ends. LOG takes one line for each request
and one when a client goes away while it waits. Prints `ready`; ends when standard input closes.
"""
import os
import re
import socket
import sys
import threading

import serving

path, log_path, behaviour = sys.argv[1:4]
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Python"))

CAPTURED = (
    '<?xml version="1.0"?>\n<PidData><Resp errCode="0" errInfo="Success" fCount="1" fType="0" nmPoints="41" '
    'qScore="67"/><DeviceInfo dpId="TEST.PIDD" rdsId="TEST.PIDD.001" rdsVer="0.1" dc="d" mi="VIRTUAL" mc="bWM="/>'
    '<Skey ci="20301231">U0tFWS1PRi1URVNU</Skey><Hmac>SE1BQy1PRi1URVNU</Hmac>'
    '<Data type="X">REFUQS1PRi1URVNU</Data></PidData>\n')


restarted = threading.Event()


def log(line):
    with open(log_path, "a") as file:
        file.write(line + "\n")


def answer(connection, status, body, headers="", kind="text/xml"):
    body = body.encode()
    connection.sendall(f"HTTP/1.1 {status} X\r\n{headers}Content-Type: {kind}\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


def serve(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    length = int(dict(line.lower().split(": ", 1) for line in lines[1:]).get("content-length", 0))
    while len(body) < length:
        body += connection.recv(65536)
    if lines[0].startswith("GET /v1 "):
        least, most = behaviour[4:].split("-") if behaviour.startswith("api=") else (1, 1)
        answer(connection, 200, f'{{"service":"pidd","version":"9.8.7","api":{{"min":{least},"max":{most}}},"new":[]}}',
               kind="application/json")
        return connection.close()
    prefer = [line for line in lines if line.lower().startswith("prefer:")]
    log(" ".join([lines[0], *prefer, body.decode()]))
    if behaviour == "silent":
        if connection.recv(1) == b"":
            log("gone")
    elif behaviour == "rubbish":
        answer(connection, 200, "<html>not XML & not RD")
    elif behaviour == "stopping":
        answer(connection, 503, "the service is stopping; try again", "Retry-After: 1\r\n", "text/plain")
    elif behaviour == "shutting-down" or (
            behaviour == "restart" and lines[0].startswith("CAPTURE ") and not restarted.is_set()):
        restarted.set()
        answer(connection, 503, '{"type":"about:blank","title":"t","status":503,"code":"shutting-down",'
               '"cause":"the service is stopping","next_step":"ask again later"}', "Retry-After: 1\r\n",
               "application/problem+json")
    elif behaviour.startswith("http-"):
        answer(connection, int(behaviour[5:]), "<html/>", "Retry-After: 7\r\n")
    elif behaviour.startswith("registry="):
        import pid_maker

        # The only two uses: bound to the wadh of an eKYC, and not bound.
        broken = None if b"wadh=" in body else "wadh-none"
        otp = re.search(rb' otp="(\d*)"', body)[1].decode()
        answer(connection, 200, pid_maker.make_pid_data(behaviour[9:], broken, otp=otp))
    elif behaviour in ("0", "restart"):
        answer(connection, 200, CAPTURED)
    else:
        code, _, info = behaviour.partition("=")
        answer(connection, 200, f'<PidData><Resp errCode="{code}" errInfo="{info or "why"}"/></PidData>')
    connection.close()


server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
serving.run(server, serve, "ready")
