#!/usr/bin/env python3
"""Checks PidData documents as UIDAI would, independently of the Swift code.

Decrypts Skey and Data with the stand-in's key and verifies the time prefix, Hmac, bs against mc and its issuer, dih against
the register of devices, ci against the certificate, and the bytes of finger minutiae and finger image records. Prints one line of JSON
without anything secret per document and exits with 0, or says on standard error what is wrong and exits with 1.
"""

import argparse
import base64
import binascii
import configparser
import hashlib
import io
import json
import re
import struct
import sys
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Python"))
import pid_protobuf

INDIA = timezone(timedelta(hours=5, minutes=30))
FINGERS = {
    "UNKNOWN": 0, "RIGHT_THUMB": 1, "RIGHT_INDEX": 2, "RIGHT_MIDDLE": 3, "RIGHT_RING": 4, "RIGHT_LITTLE": 5,
    "LEFT_THUMB": 6, "LEFT_INDEX": 7, "LEFT_MIDDLE": 8, "LEFT_RING": 9, "LEFT_LITTLE": 10,
}  # fmt: skip


class Refused(Exception):
    """The document is not what it should be; the text never holds decrypted data."""


def require(condition, reason):
    if not condition:
        raise Refused(reason)


def unbase64(text, name):
    """Decodes base64 that has one spelling only: no white space, full padding, unused bits 0."""
    try:
        data = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"{name} is not base64") from None
    require(data and base64.b64encode(data).decode() == text, f"{name} is not canonical base64")
    return data


def last_moment(certificate):
    """notAfter in UTC, for old and new versions of the library."""
    return getattr(certificate, "not_valid_after_utc", None) or certificate.not_valid_after.replace(tzinfo=timezone.utc)


def first_moment(certificate):
    """notBefore in UTC."""
    return getattr(certificate, "not_valid_before_utc", None) or certificate.not_valid_before.replace(tzinfo=timezone.utc)


def child(parent, name):
    found = parent.findall(name)
    require(len(found) == 1, f"{parent.tag} has {len(found)} elements {name} instead of 1")
    return found[0]


def sequence(content):
    """A DER SEQUENCE of 256 to 65535 bytes."""
    return b"\x30\x82" + struct.pack(">H", len(content)) + content


def check_certificate(mc, authority, dc, when):
    """mc is issued by the provider, for this device, and valid."""
    try:
        certificate = x509.load_der_x509_certificate(mc)
    except ValueError:
        raise Refused("mc is not a certificate") from None
    # The signature covers only the first of a certificate's three parts; the other two have one spelling here.
    algorithm = bytes.fromhex("300d06092a864886f70d01010b0500")  # sha256WithRSAEncryption
    signature = b"\x03\x82" + struct.pack(">H", len(certificate.signature) + 1) + b"\0" + certificate.signature
    require(
        mc == sequence(certificate.tbs_certificate_bytes + algorithm + signature),
        "mc is not signed with SHA-256 and RSA, or not in DER",
    )
    require(certificate.issuer == authority.subject, "mc was issued by somebody else")
    try:
        authority.public_key().verify(
            certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(), hashes.SHA256()
        )
    except InvalidSignature:
        raise Refused("the signature of mc does not hold") from None
    for name, each in (("mc", certificate), ("the provider's certificate", authority)):
        require(first_moment(each) <= when <= last_moment(each), f"{name} was not valid at ts")
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    require([name.value for name in names] == [f"rd_device_{dc}"], "mc belongs to another device")
    require(certificate.public_key().key_size == 2048, "the key of mc is not RSA-2048")
    return certificate


def check_minutiae_record(record, posh):
    """Reads ISO/IEC 19794-2:2005, byte by byte."""
    require(len(record) >= 30, "the FMR is too short")
    magic, version, length, _, width, height, res_x, res_y, views, reserved = struct.unpack(">4s4sIHHHHHBB", record[:24])
    require(magic == b"FMR\0" and version == b" 20\0", "the FMR has the wrong magic")
    require(length == len(record), "the length in the FMR is wrong")
    require(views == 1 and reserved == 0, "the FMR has not exactly one view")
    require((res_x, res_y) == (197, 197), "the FMR is not at 500 ppi")
    finger, view_and_impression, quality, count = struct.unpack(">BBBB", record[24:28])
    require(finger == FINGERS[posh], "the finger in the FMR is not posh")
    require(view_and_impression in (0, 8), "the view number or impression is wrong")
    require(quality <= 100, "the quality in the FMR is over 100")
    require(len(record) == 24 + 4 + 6 * count + 2, "the FMR does not hold the minutiae it announces")
    unrated = 0
    for index in range(count):
        x, y, _, reliability = struct.unpack_from(">HHBB", record, 28 + 6 * index)
        require(x >> 14 in (0, 1, 2) and y >> 14 == 0, "a minutia has reserved bits set")
        require(x & 0x3FFF < width and y < height, "a minutia is outside the picture")
        require(reliability <= 100, "the quality of a minutia is over 100")
        unrated += reliability == 0
    require(record[-2:] == b"\0\0", "the FMR has extended data")
    return {"nmPoints": count, "width": width, "height": height, "quality": quality, "unrated": unrated}


def check_image_record(record, posh):
    """Reads ISO/IEC 19794-4:2005, byte by byte, and decodes the picture."""
    require(len(record) > 46, "the FIR is too short")
    high, low = struct.unpack(">HI", record[8:14])
    require(record[:8] == b"FIR\x00010\0" and high << 32 | low == len(record), "the FIR has the wrong magic or length")
    _, level, fingers, units, *scale, depth, codec, reserved = struct.unpack(">HHBBHHHHBBH", record[14:32])
    require(level in (30, 31) and fingers == 1 and depth == 8 and reserved == 0, "the general header of the FIR is wrong")
    require(scale == {1: [500] * 4, 2: [197] * 4}.get(units), "the FIR is not at 500 ppi")
    require(codec == 4, "the picture of the FIR is not in JPEG 2000")
    block, finger, views, view, quality, impression, width, height, reserved = struct.unpack(">IBBBBBHHB", record[32:46])
    require(block == len(record) - 32, "the block length in the FIR is wrong")
    require(finger == FINGERS[posh], "the finger in the FIR is not posh")
    require((views, view, quality, reserved) == (1, 1, 254, 0), "the finger header of the FIR is wrong")
    require(impression in (0, 8), "the impression in the FIR is wrong")
    try:
        picture = Image.open(io.BytesIO(record[46:]), formats=["JPEG2000"])
        picture.load()
    except (OSError, SyntaxError):
        raise Refused("the picture of the FIR is damaged") from None
    require((picture.mode, picture.size) == ("L", (width, height)), "the picture of the FIR is not grey or of another size")
    return {"pictureWidth": width, "pictureHeight": height, "rate": round(width * height / (len(record) - 46), 1)}


class Record:
    """One Bio, whichever format it came in."""

    def __init__(self, kind, posh, signature, content):
        self.kind, self.posh, self.signature, self.content = kind, posh, signature, content


def read_xml(plain):
    """What a PID in XML says."""
    require(plain.startswith(b'<Pid ts="') and b">\n" not in plain, "the PID has a declaration or white space")
    require(b"xmlns" not in plain, "the PID has a namespace")
    pid = ET.fromstring(plain)
    bios = child(pid, "Bios")
    return {
        "ts": pid.get("ts"), "ver": pid.get("ver"), "wadh": pid.get("wadh"), "dih": bios.get("dih"),
        "otp": pid.find("Pv") is not None, "demo": [part.tag for part in pid.iterfind("Demo/*")],
        "records": [
            Record(bio.get("type"), bio.get("posh"), bio.get("bs"), unbase64(bio.text, "a record")) for bio in bios
        ],
    }  # fmt: skip


def read_protobuf(plain):
    """What a PID in protobuf says, by Google's own library."""
    try:
        pid = pid_protobuf.parse(plain)
    except ValueError as error:
        raise Refused(str(error)) from None
    kinds, fingers = (pid_protobuf.message("Bio").DESCRIPTOR.fields_by_name[name].enum_type for name in ("type", "posh"))
    return {
        "ts": pid.ts, "ver": pid.ver, "wadh": pid.wadh, "dih": pid.bios.dih, "otp": pid.HasField("pv"),
        "demo": [field.message_type.name for field, _ in pid.demo.ListFields() if field.message_type],
        "records": [
            Record(kinds.values_by_number[bio.type].name, fingers.values_by_number[bio.posh].name, bio.bs, bio.content)
            for bio in pid.bios.bio
        ],
    }  # fmt: skip


def decrypt(document, key, certificate):
    """The plaintext of the PID and its ts."""
    skey, data, hmac = child(document, "Skey"), child(document, "Data"), child(document, "Hmac")
    require(data.get("type") in ("X", "P"), "Data is neither of type X nor P")
    require(skey.get("ci") == last_moment(certificate).strftime("%Y%m%d"), "ci is not the certificate's last day")
    require(certificate.public_key().public_numbers() == key.public_key().public_numbers(), "key and certificate differ")
    try:
        session = key.decrypt(unbase64(skey.text, "Skey"), padding.PKCS1v15())
    except ValueError:
        raise Refused("Skey cannot be decrypted") from None
    require(len(session) == 32, "the session key has not 32 bytes")
    sealed = unbase64(data.text, "Data")
    ts = sealed[:19]
    require(re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", ts), "Data does not begin with ts")
    try:
        plain = AESGCM(session).decrypt(ts[-12:], sealed[19:], ts[-16:])
    except InvalidTag:
        raise Refused("Data cannot be decrypted") from None
    encrypted_hash = unbase64(hmac.text, "Hmac")
    require(len(encrypted_hash) == 48, "Hmac has not 48 bytes")
    try:
        digest = AESGCM(session).decrypt(ts[-12:], encrypted_hash, ts[-16:])
    except InvalidTag:
        raise Refused("Hmac cannot be decrypted") from None
    require(digest == hashlib.sha256(plain).digest(), "Hmac is not the hash of the PID")
    return plain, ts.decode()


class StandIn:
    """What UIDAI and the device provider know."""

    def __init__(self, arguments):
        self.key = serialization.load_pem_private_key(Path(arguments.uidai_key).read_bytes(), None)
        self.certificate = x509.load_pem_x509_certificate(Path(arguments.uidai_cer).read_bytes())
        self.authority = x509.load_pem_x509_certificate(Path(arguments.provider_ca).read_bytes())
        self.register = configparser.ConfigParser(interpolation=None)
        self.register.optionxform = str
        self.register.read(arguments.devices)


def check(text, stand_in):
    try:
        document = ET.fromstring(text)
    except ET.ParseError:
        raise Refused("the document is not XML") from None
    require(document.tag == "PidData", "the document is not PidData")
    response = child(document, "Resp")
    require(response.get("errCode") == "0", f"errCode is {response.get('errCode')}")

    plain, ts = decrypt(document, stand_in.key, stand_in.certificate)
    when = datetime.fromisoformat(ts).replace(tzinfo=INDIA)

    info = child(document, "DeviceInfo")
    dc = info.get("dc", "")
    require(stand_in.register.has_section(dc), "dc is not registered")
    device = stand_in.register[dc]
    for name in ("dpId", "rdsId", "rdsVer", "mi"):
        require(info.get(name) == device[name], f"{name} is not the registered one")
    certificate = check_certificate(unbase64(info.get("mc"), "mc"), stand_in.authority, dc, when)

    read = read_xml if child(document, "Data").get("type") == "X" else read_protobuf
    pid = read(plain)
    require(pid["ts"] == ts, "ts differs between Pid and Data")
    require(pid["ver"] == "2.0", "the PID version is not 2.0")
    hashed = device["dpId"] + device["rdsId"] + device["rdsVer"] + dc + device["mi"] + device["idHash"]
    require(unbase64(pid["dih"], "dih") == hashlib.sha256(hashed.encode()).digest(), "dih is wrong")
    require(len(pid["records"]) >= 1, "the PID has no record")

    summary = {"ts": ts, "wadh": bool(pid["wadh"]), "otp": pid["otp"], "demo": pid["demo"], "types": [], "posh": []}
    points = []
    for bio in pid["records"]:
        message = hashlib.sha256(bio.content).digest() + ts.encode() + dc.encode()
        try:
            certificate.public_key().verify(
                unbase64(bio.signature, "bs"), message, padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            raise Refused("bs is not the signature of the record") from None
        require(bio.posh in FINGERS, "posh names no finger")
        summary["types"].append(bio.kind)
        summary["posh"].append(bio.posh)
        if bio.kind == "FMR":
            summary.update(check_minutiae_record(bio.content, bio.posh))
            points.append(str(summary["nmPoints"]))
        else:
            require(bio.kind == "FIR", "a record is neither FMR nor FIR")
            summary.update(check_image_record(bio.content, bio.posh))
    if points:
        require(response.get("nmPoints") == ",".join(points), "nmPoints is not the number of minutiae")
    fingers = len(pid["records"]) // len(set(summary["types"]))
    require(response.get("fCount") == str(fingers), "fCount is not the number of fingers")
    require(response.get("qScore").count(",") == fingers - 1, "qScore has not one number for each finger")
    return summary


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--uidai-key", required=True, help="PEM private key of the stand-in for UIDAI")
    parser.add_argument("--uidai-cer", help="its certificate; by default beside the key, ending in .cer")
    parser.add_argument("--provider-ca", required=True, help="PEM certificate of the device provider")
    parser.add_argument("--devices", required=True, help="register of devices, INI")
    parser.add_argument("documents", nargs="*", metavar="PIDDATA", help="files; standard input when there is none")
    arguments = parser.parse_args()
    arguments.uidai_cer = arguments.uidai_cer or str(Path(arguments.uidai_key).with_suffix(".cer"))
    stand_in = StandIn(arguments)
    refused = 0
    for name in arguments.documents or ["-"]:
        text = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        try:
            print(json.dumps(check(text, stand_in), sort_keys=True))
        except Refused as refusal:
            refused += 1
            print(f"refused: {refusal}" if name == "-" else f"{name}: refused: {refusal}", file=sys.stderr)
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main()
