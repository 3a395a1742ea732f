# Makes a device registry and PidData documents from the specification alone, whole or broken in one place.
"""Independent of the project's own code: Python's cryptography does the sealing, struct lays out the records."""

import base64
import datetime
import functools
import hashlib
import io
import os
import random
import struct
import time
import xml.etree.ElementTree as ET

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PIL import Image

import pid_protobuf
from certificates import certificate, new_key, write_certificate, write_key

DEVICE = {
    "dc": "01234567-89ab-cdef-0123-456789abcdef",
    "dpId": "TEST.PIDD",
    "rdsId": "TEST.LNX.001",
    "rdsVer": "1.0.0",
    "mi": "MODEL1",
}
ID_HASH = hashlib.sha256(b"SN0001").hexdigest().upper()
INDIA = datetime.timezone(datetime.timedelta(hours=5, minutes=30))


def b64(data):
    return base64.b64encode(data).decode()


WADH = b64(hashlib.sha256(b"2.5FYNNN").digest())


# Registry


@functools.lru_cache
def read_key(path):
    with open(path, "rb") as file:
        return serialization.load_pem_private_key(file.read(), None)


@functools.lru_cache
def read_certificate(path):
    with open(path, "rb") as file:
        return x509.load_pem_x509_certificate(file.read())


def make_registry(folder):
    """uidai.key, uidai.cer, provider-ca.cer and devices.conf, and what only the device and its provider know."""
    for name in ("uidai", "provider-ca", "device"):
        write_key(f"{folder}/{name}.key", new_key())
    uidai, provider, device = (read_key(f"{folder}/{n}.key") for n in ("uidai", "provider-ca", "device"))
    made = {
        "uidai": certificate("Test UIDAI", uidai, "Test UIDAI", uidai, 365),
        "provider-ca": certificate("Test DP", provider, "Test DP", provider, 700, authority=True),
        "device": certificate(f"rd_device_{DEVICE['dc']}", device, "Test DP", provider, 30),
    }
    for name, made_certificate in made.items():
        write_certificate(f"{folder}/{name}.cer", made_certificate)
    with open(f"{folder}/devices.conf", "w") as file:
        file.write(f"; devices of a test\n[{DEVICE['dc']}]\n")
        for key in ("dpId", "rdsId", "rdsVer", "mi"):
            file.write(f"{key} = {DEVICE[key]}\n")
        file.write(f"idHash = {ID_HASH}\n")


# Records


def minutiae_record(broken):
    count = 11 if broken == "fmr-few" else 40
    width, height = (64, 80) if broken == "fmr-small" else (256, 360)
    per_centimetre = 100 if broken == "fmr-resolution" else 197
    chance = random.Random(os.urandom(8))
    minutiae = b"".join(
        struct.pack(
            ">HHBB",
            chance.choice((1, 2)) << 14 | chance.randrange(width),
            chance.randrange(height),
            chance.randrange(256),
            chance.randrange(1, 101),
        )
        for _ in range(count)
    )
    if broken == "fmr-outside":
        minutiae = struct.pack(">HHBB", 1 << 14 | width, 0, 0, 50) + minutiae[6:]
    position = 7 if broken == "fmr-position" else 0
    view = struct.pack(">BBBB", position, 0, 60, count) + minutiae + struct.pack(">H", 0)
    total = 24 + len(view)
    record = b"FMR\0 20\0" + struct.pack(">IHHHHHBB", total, 0, width, height, per_centimetre, per_centimetre, 1, 0)
    if broken == "fmr-ansi":  # the look-alike of another standard, with a header of 26 bytes
        record = b"FMR\0 20\0" + struct.pack(
            ">HHHHHHHHBB", 26 + len(view), 0x1234, 0x5678, 0, width, height, 197, 197, 1, 0
        )
    return record + view + (b"\0" if broken == "fmr-trailing" else b"")


@functools.lru_cache
def jpeg2000(width, height):
    made = io.BytesIO()
    picture = Image.effect_noise((width // 8, height // 8), 90).resize((width, height), Image.Resampling.BICUBIC)
    picture.save(made, "JPEG2000", irreversible=True, quality_mode="rates", quality_layers=[15])
    return made.getvalue()


def image_record(broken):
    picture = jpeg2000(256, 352 if broken == "fir-size" else 360)
    if broken == "fir-picture":
        picture = picture[: len(picture) // 2]
    length = 46 + len(picture) + (1 if broken == "fir-length" else 0)
    general = b"FIR\x00010\0" + struct.pack(
        ">HIHHBBHHHHBBH", 0, length, 0, 31, 1, 2, 394, 394, *(2 * [394 if broken == "fir-resolution" else 197]), 8, 4, 0
    )
    finger = struct.pack(">IBBBBBHHB", 14 + len(picture), 7 if broken == "fir-position" else 0, 1, 1, 254, 0, 256, 360, 0)
    return general + finger + picture


# PID and PidData


def has_picture(broken):
    return (broken or "") in ("fmr-fir", "protobuf-fmr-fir") or (broken or "").startswith("fir-")


def as_protobuf(xml, broken):
    """The same PID as a protobuf message, or one that is broken."""
    root = ET.fromstring(xml)
    pid = pid_protobuf.message("Pid")(ver=root.get("ver"), ts=root.get("ts"), wadh=root.get("wadh"))
    kinds, places = (pid_protobuf.message("Bio").DESCRIPTOR.fields_by_name[name].enum_type for name in ("type", "posh"))
    pid.bios.dih = root.find("Bios").get("dih")
    for bio in root.iter("Bio"):
        pid.bios.bio.add(
            type=kinds.values_by_name[bio.get("type")].number, posh=places.values_by_name[bio.get("posh")].number,
            content=base64.b64decode(bio.text), bs=bio.get("bs"),
        )  # fmt: skip
    if broken == "protobuf-demo":
        pid.demo.pi.name, pid.demo.pi.mv, pid.pv.otp = "R", 100, "123456"
    if broken == "protobuf-no-dih":
        pid.bios.ClearField("dih")
    if broken == "protobuf-no-bs":
        pid.bios.bio[0].ClearField("bs")
    plain = pid.SerializePartialToString(deterministic=True)
    return {
        "protobuf-cut": plain[:-3],
        "protobuf-field": plain + b"\x7a\x01x",
        "protobuf-twice": plain + b"\x0a\x032.0",
        "protobuf-wire": plain + b"\x7d\0\0\0\0",
        "protobuf-long": plain + b"\x32\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    }.get(broken, plain)


def pid_block(ts, device_key, fields, broken):
    def bio(kind, record):
        message = hashlib.sha256(record).digest() + ts.encode() + fields["dc"].encode()
        if broken == "bs-text":
            message = hashlib.sha256(b64(record).encode()).digest() + message[32:]
        if broken == "bs-time":
            message = message[:32] + b"2024-01-15T10:20:30" + message[51:]
        signature = device_key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        if broken == "bs":
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        posh = {"posh": "LEFT_TOE", "posh-other": "LEFT_INDEX"}.get(broken, "UNKNOWN")
        return f'<Bio type="{kind}" posh="{posh}" bs="{b64(signature)}">{b64(record)}</Bio>'

    bios = bio("FMR", minutiae_record(broken))
    if has_picture(broken):
        bios += bio("FIR", image_record(broken))
    if broken == "bio-twice":
        bios += bios
    if broken == "bio-type":
        bios = bios.replace('"FMR"', '"IIR"')
    if broken == "no-bio":
        bios = ""
    if broken == "bio-wrapped":
        bios = bios.replace("</Bio>", "\n</Bio>")
    identity = [fields[k] for k in ("dpId", "rdsId", "rdsVer", "dc", "mi")] + [ID_HASH]
    if broken == "dih":
        identity[-1] = identity[-1].lower()
    dih = b64(hashlib.sha256("".join(identity).encode()).digest())
    wadh = {"wadh": b64(hashlib.sha256(b"2.5FYYYN").digest()), "wadh-none": ""}.get(broken, WADH)
    version = "1.0" if broken == "pid-version" else "2.0"
    factor = f'<Pv otp="{fields["otp"]}"/>' if fields.get("otp") else ""
    pid = f'<Pid ts="{ts}" ver="{version}" wadh="{wadh}"><Bios dih="{dih}">{bios}</Bios>{factor}</Pid>'
    return {
        "pid-declaration": '<?xml version="1.0"?>' + pid,
        "pid-blanks": pid.replace("><Bios", ">\n  <Bios"),
        "pid-namespace": pid.replace("<Pid ", '<Pid xmlns="http://www.uidai.gov.in/authentication/uid-auth-request-data/2.0" '),
        "pid-cut": pid[:-3],
        "pid-doctype": pid.replace("</Pid>", "<!DOCTYPE x></Pid>"),
        "pid-element": pid.replace("</Pid>", "<Extra/></Pid>"),
    }.get(broken, pid)


def device_certificate(folder, broken):
    """The certificate of the device, its key, and what mc says."""
    device, provider = read_key(f"{folder}/device.key"), read_key(f"{folder}/provider-ca.key")
    name = f"rd_device_{DEVICE['dc']}"
    if broken == "mc-stranger":
        made = certificate(name, device, "Test DP", new_key(), 30)
    elif broken == "mc-expired":
        made = certificate(name, device, "Test DP", provider, -1, begin=-31)
    elif broken == "mc-future":
        made = certificate(name, device, "Test DP", provider, 30, begin=2)
    elif broken == "mc-other-device":
        made = certificate("rd_device_another", device, "Test DP", provider, 30)
    elif broken == "bs-other-key":
        made = certificate(name, new_key(), "Test DP", provider, 30)
    else:
        made = read_certificate(f"{folder}/device.cer")
    mc = b64(made.public_bytes(serialization.Encoding.DER))
    return device, {"mc-none": "", "mc-garbage": "AAAA", "mc-lines": mc[:64] + "&#10;" + mc[64:]}.get(broken, mc)


def seal(folder, plaintext, ts, broken):
    """Skey, ci, Hmac and Data."""
    uidai = read_certificate(f"{folder}/uidai.cer")
    key = os.urandom(16 if broken == "skey-short" else 32)
    scheme = padding.PKCS1v15()
    if broken == "skey-oaep":
        scheme = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    public = new_key().public_key() if broken == "skey-other-key" else uidai.public_key()
    skey = public.encrypt(key, scheme)
    if broken == "skey-short":
        key = key * 2
    stamp = ts.encode()
    if broken == "data-time":
        stamp = stamp[:-1] + (b"0" if stamp[-1:] != b"0" else b"1")
    iv, aad = stamp[-12:], stamp[-16:]
    if broken == "data-nonce":
        iv = bytes(12)
    if broken == "data-aad":
        aad = b""
    cipher = AESGCM(key)
    data = bytearray(stamp + cipher.encrypt(iv, plaintext, aad))
    digest = hashlib.sha256(b"something else" if broken == "hmac" else plaintext).digest()
    hmac = bytearray(cipher.encrypt(iv, digest[:31] if broken == "hmac-short" else digest, aad))
    if broken == "data":
        data[60] ^= 1
    if broken == "hmac-seal":
        hmac[3] ^= 1
    ci = uidai.not_valid_after.strftime("%Y%m%d")
    return b64(skey), "20191230" if broken == "ci" else ci, b64(hmac), b64(bytes(data))


def make_pid_data(folder, broken=None, at=None, age=0, otp=""):
    """A PidData as text; `at` is the time of the clock it is made by, seconds, and `age` how long ago that was."""
    moment = (at if at is not None else time.time()) - age
    ts = datetime.datetime.fromtimestamp(moment, INDIA).strftime("%Y-%m-%dT%H:%M:%S")
    if broken == "pid-time":
        ts = "2026-02-30T10:20:30"
    fields = dict(DEVICE)
    if broken in fields:
        fields[broken] = "01234567-89ab-cdef-0123-456789abcdee" if broken == "dc" else fields[broken] + "X"
    key, mc = device_certificate(folder, broken)
    pid = pid_block(ts, key, dict(fields, otp=otp), broken)
    protobuf = (broken or "").startswith("protobuf")
    skey, ci, hmac, data = seal(folder, as_protobuf(pid, broken) if protobuf else pid.encode(), ts, broken)
    fields["mc"] = mc
    device = " ".join(f'{name}="{value}"' for name, value in fields.items())
    kind = {"data-protobuf": "P", "data-type": "Z"}.get(broken, "P" if protobuf else "X")
    resp = {"code": "730" if broken == "errcode" else "0", "fType": "2" if has_picture(broken) else "0"}
    if broken == "ftype":
        resp["fType"] = "1"
    count = 2 if broken == "fcount" else 1
    document = (
        f'<PidData><Resp errCode="{resp["code"]}" errInfo="" fCount="{count}" fType="{resp["fType"]}" nmPoints="40" qScore="60"/>'
        f'<DeviceInfo {device}><additional_info><Param name="srno" value="SN0001"/></additional_info></DeviceInfo>'
        f'<Skey ci="{ci}">{skey}</Skey><Hmac>{hmac}</Hmac><Data type="{kind}">{data}</Data></PidData>'
    )
    return {
        "cut": document[:-5],
        "doctype": "<!DOCTYPE PidData>" + document,
        "no-hmac": document.replace(f"<Hmac>{hmac}</Hmac>", ""),
        "json": '{"PidData": 1}',
        "data-lines": document.replace(data, data[:76] + "\n" + data[76:]),
        "skey-garbage": document.replace(skey, "QUJD"),
        "declaration": '<?xml version="1.0"?>\n' + document,
    }.get(broken, document)
