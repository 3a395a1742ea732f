"""Makes the certificates of the TLS tests: a server's, good and expired, and a client's, each of its own authority.

usage: tls_certificates.py FOLDER

Writes ca.pem, server.pem, server.key, expired.pem (of the same key) and client-ca.pem, client.pem, client.key.
"""
import ipaddress
import os
import sys

from cryptography import x509

from certificates import certificate, new_key, write_certificate, write_key

NAMES = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]

os.chdir(sys.argv[1])
for role, authority in (("server", "ca"), ("client", "client-ca")):
    issuer_key, key = new_key(), new_key()
    write_certificate(f"{authority}.pem", certificate(authority, issuer_key, authority, issuer_key, 1, authority=True))
    write_certificate(f"{role}.pem", certificate(role, key, authority, issuer_key, 1, names=NAMES))
    if role == "server":
        write_certificate("expired.pem", certificate(role, key, authority, issuer_key, -2, begin=-9, names=NAMES))
    write_key(f"{role}.key", key)
