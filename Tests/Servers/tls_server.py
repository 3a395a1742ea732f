"""A TLS server for tests that answers as the first part of the path says; prints its port, ends when stdin closes.

Under say/ANSWERS, where ANSWERS is the base64 (for URLs) of a JSON object, it gives the answer that stands there under the method and
the last part of the path, such as "PUT verify"; nothing at all for null.

usage: tls_server.py CERTIFICATE KEY
"""
import base64
import email.utils
import http.server
import json
import os
import ssl
import sys
import threading
import time

requests = []

ANSWERS = {
    "otp-sent": {"status": 0, "response_status_id": 0, "response_type_id": 2129, "message": "Validate the OTP",
                 "data": {"user_code": "20810200", "intent_id": "", "kyc_request_id": "9332126",
                          "otp_ref_id": "0666803844"}},
    "verified": {"status": 0, "response_status_id": 0, "response_type_id": 1388,
                 "message": "eKYC verification successful",
                 "data": {"customer_id": "9123456789", "kyc_verified": True, "available_limit": 25000}},
    "registered": {"status": 0, "response_status_id": 0, "response_type_id": 2132,
                   "message": "Customer Registration Completed", "data": {"user_code": "20810200"}},
    "wrong-otp": {"status": 2131, "response_status_id": 302, "response_type_id": 2131, "message": "OTP failed",
                  "data": {"description": "Wrong OTP"}},
    "no-status": {"message": "No key for Response"},
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json", headers=()):
        self.send_response_only(status)
        headers = dict(headers)
        headers.setdefault("Date", email.utils.formatdate(usegmt=True))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        behaviour = self.path.split("/")[1]
        if behaviour != "requests":
            requests.append({"method": self.command, "path": self.path, "body": body.decode(),
                             "headers": {name.lower(): value for name, value in self.headers.items()}})
        page = b"<html><body>502 Bad Gateway</body></html>"
        if behaviour == "requests":
            self.answer(200, json.dumps(requests).encode())
        elif behaviour == "echo":
            self.answer(200, json.dumps(requests[-1]).encode(), headers=[("Retry-After", "7")])
        elif behaviour == "html":
            self.answer(200, page, "text/html")
        elif behaviour == "bad-gateway":
            self.answer(502, page, "text/html")
        elif behaviour == "no-route":
            self.answer(404, b"No Mapping Rule matched", "text/plain")
        elif behaviour == "skewed":
            late = email.utils.formatdate(time.time() + 180, usegmt=True)
            self.answer(401, b'{"status":2485,"response_type_id":2485,"response_status_id":1,"message":"expired"}',
                        headers=[("Date", late)])
        elif behaviour == "redirect":
            self.answer(302, b"", headers=[("Location", "/otp-sent")])
        elif behaviour == "slow":
            time.sleep(60)
            self.answer(200, b"{}")
        elif behaviour == "say":
            said = json.loads(base64.urlsafe_b64decode(self.path.split("/")[2]))
            answer = said.get(f"{self.command} {self.path.split('?')[0].split('/')[-1]}")
            if answer is None:
                time.sleep(60)
            self.answer(200, json.dumps(answer).encode())
        elif behaviour == "cut":
            self.close_connection = True
        elif behaviour == "cut-answer":
            self.send_response_only(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"status":0')
            self.close_connection = True
        elif behaviour == "huge":
            self.send_response_only(200)
            self.end_headers()
            self.close_connection = True
            try:
                for _ in range(160):
                    self.wfile.write(b" " * 65536)
            except OSError:
                pass
        else:
            self.answer(200, json.dumps(ANSWERS[behaviour]).encode())

    do_GET = do_PUT = do_POST = handle_any


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # refused handshakes are part of the tests


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server = Server(("127.0.0.1", 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
