"""Makes the certificates of the TLS tests: a server's, good and expired, and a client's, each of its own authority.

usage: tls_certificates.py FOLDER

Writes ca.pem, server.pem, server.key, expired.pem (of the same key) and client-ca.pem, client.pem, client.key.
"""
import datetime
import ipaddress
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.utcnow()
NAMES = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def write(path, data):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)


def certificate(path, name, key, issuer, issuer_key, begin=-1, end=1, authority=False):
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + datetime.timedelta(days=begin))
        .not_valid_after(NOW + datetime.timedelta(days=end))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        builder = builder.add_extension(NAMES, critical=False)
    write(path, builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def write_key(path, key):
    write(path, key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


os.chdir(sys.argv[1])
for role, authority in (("server", "ca"), ("client", "client-ca")):
    issuer_key, key = new_key(), new_key()
    certificate(f"{authority}.pem", authority, issuer_key, authority, issuer_key, authority=True)
    certificate(f"{role}.pem", role, key, authority, issuer_key)
    if role == "server":
        certificate("expired.pem", role, key, authority, issuer_key, begin=-9, end=-2)
    write_key(f"{role}.key", key)
