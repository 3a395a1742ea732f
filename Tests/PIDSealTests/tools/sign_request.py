#!/usr/bin/python3
"""Signs a request as a device provider would, by python cryptography, with whatever mistake is asked for.

sign_request.py REQUEST.csr MC_OUT --ca FOLDER [--cn NAME] [--from SECONDS] [--until SECONDS] [--hash sha1|sha256]
FOLDER gets provider.key and provider.pem when they are not there. Times are seconds since the epoch.
"""
import argparse
import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

parser = argparse.ArgumentParser()
parser.add_argument("request")
parser.add_argument("out")
parser.add_argument("--ca", required=True)
parser.add_argument("--cn", default="rd_device")
parser.add_argument("--from", dest="start", type=int, required=True)
parser.add_argument("--until", type=int, required=True)
parser.add_argument("--hash", default="sha256")
arguments = parser.parse_args()


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def time(seconds):
    return datetime.datetime.utcfromtimestamp(seconds)


key_file, ca_file = os.path.join(arguments.ca, "provider.key"), os.path.join(arguments.ca, "provider.pem")
if not os.path.exists(key_file):
    ca_key = rsa.generate_private_key(65537, 2048)
    ca = (x509.CertificateBuilder().subject_name(name("Provider")).issuer_name(name("Provider"))
          .public_key(ca_key.public_key()).serial_number(1).not_valid_before(time(1_500_000_000))
          .not_valid_after(time(4_000_000_000)).add_extension(x509.BasicConstraints(True, None), True)
          .sign(ca_key, hashes.SHA256()))
    with open(key_file, "wb") as file:
        file.write(ca_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                        serialization.NoEncryption()))
    with open(ca_file, "wb") as file:
        file.write(ca.public_bytes(serialization.Encoding.PEM))
with open(key_file, "rb") as file:
    ca_key = serialization.load_pem_private_key(file.read(), None)
with open(arguments.request, "rb") as file:
    csr = x509.load_pem_x509_csr(file.read())
assert csr.is_signature_valid
certificate = (x509.CertificateBuilder().subject_name(name(arguments.cn)).issuer_name(name("Provider"))
               .public_key(csr.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(time(arguments.start)).not_valid_after(time(arguments.until))
               .sign(ca_key, hashes.SHA1() if arguments.hash == "sha1" else hashes.SHA256()))
with open(arguments.out, "wb") as file:
    file.write(certificate.public_bytes(serialization.Encoding.PEM))
