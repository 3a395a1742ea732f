#!/usr/bin/python3
"""A small device provider over HTTPS for tests, by python cryptography: registers, renews, checks what it is asked.

provider.py FOLDER: writes url, ca.pem (TLS), provider.pem (device certificates), uidai-*.cer into FOLDER; `asked.txt` gets the operations.
The file FOLDER/answer, if it exists, is answered instead.
"""
import base64
import datetime
import http.server
import json
import os
import ssl
import sys
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

folder = sys.argv[1]
now = datetime.datetime.utcnow()
PEM = serialization.Encoding.PEM


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def issue(subject, key, issuer, issuer_key, days=30, extensions=()):
    builder = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(issuer).public_key(key)
               .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
               .not_valid_after(now + datetime.timedelta(days=days)))
    for extension in extensions:
        builder = builder.add_extension(extension, False)
    return builder.sign(issuer_key, hashes.SHA256())


def write(file, data):
    with open(os.path.join(folder, file + ".new"), "wb") as out:
        out.write(data)
    os.rename(os.path.join(folder, file + ".new"), os.path.join(folder, file))


def key():
    return rsa.generate_private_key(65537, 2048)


authority = key()
root = issue("Test provider root", authority.public_key(), name("Test provider root"), authority, 300,
             [x509.BasicConstraints(True, None)])
server = key()
tls = issue("localhost", server.public_key(), root.subject, authority, 30,
            [x509.SubjectAlternativeName([x509.DNSName("localhost")])])
uidai = {env: key() for env in ("P", "PP", "S")}
uidai_certificates = {
    env: issue(f"UIDAI-like {env}", k.public_key(), name(f"UIDAI-like {env}"), k, 300) for env, k in uidai.items()}
devices = {}


def answer(question):
    if question["operation"] == "deregister":
        return {"version": 1}
    csr = x509.load_der_x509_csr(base64.b64decode(question["csr"]))
    spki = csr.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if not csr.is_signature_valid or spki != base64.b64decode(question["publicKey"]):
        return {"version": 1, "error": {"code": "301", "cause": "the request is not signed by its key"}}
    if question["operation"] == "renew":
        old = x509.load_der_x509_certificate(base64.b64decode(question["certificate"]))
        old.public_key().verify(
            base64.b64decode(question["signature"]), base64.b64decode(question["csr"]), padding.PKCS1v15(),
            hashes.SHA256())
    dc = question.get("dc") or devices.setdefault(question["serial"], str(uuid.uuid4()))
    mc = issue(f"rd_device_{dc}", csr.public_key(), root.subject, authority)
    env = question["environment"]
    return {"version": 1, "environment": env, "dc": dc,
            "mc": base64.b64encode(mc.public_bytes(serialization.Encoding.DER)).decode(),
            "uidaiCertificate": uidai_certificates[env].public_bytes(PEM).decode()}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with open(os.path.join(folder, "asked.txt"), "a") as out:
            out.write(question["operation"] + "\n")
        try:
            with open(os.path.join(folder, "answer"), "rb") as file:
                body = file.read()
        except FileNotFoundError:
            body = json.dumps(answer(question)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


for env, certificate in uidai_certificates.items():
    write(f"uidai-{env}.cer", certificate.public_bytes(PEM))
write("provider.pem", root.public_bytes(PEM))
write("server.pem", server.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
      + tls.public_bytes(PEM))
httpd = http.server.HTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.path.join(folder, "server.pem"))
httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
write("url", f"https://localhost:{httpd.server_port}/devices".encode())
httpd.serve_forever()
