#!/usr/bin/python3
"""Looks for what a finished capture must not have left behind, in the memory of a process and in files.

find_secrets.py [--uidai-key FILE] [--picture FILE.pgm] [--otp DIGITS]... [--device-key FILE] [--pid N] [--file FILE]... [--folder FOLDER]... [--plant FILE] < PidData

Decrypts the PidData, of which several may come, with the stand-in key of UIDAI and searches for the session key, the PID plaintext,
the OTP, the templates, the pictures of the records, rows of the scanner's picture and the primes of the device key. Folders are searched with all that is in them.
Prints one line for each find (what and where, never the secret) and ends with 1 if there was any. With --plant all that is
looked for is first written into that file, and it is searched too: then each must be found.
"""
import argparse
import base64
import hashlib
import os
import re
import sys
import xml.etree.ElementTree as ET

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def of_capture(pid_data, key_file):
    root = ET.fromstring(pid_data)
    with open(key_file, "rb") as file:
        key = serialization.load_pem_private_key(file.read(), None)
    session = key.decrypt(base64.b64decode(root.find("Skey").text), padding.PKCS1v15())
    data = base64.b64decode(root.find("Data").text)
    ts = data[:19]
    plain = AESGCM(session).decrypt(ts[-12:], data[19:], ts[-16:])
    found = {
        "session key": session,
        "PID digest": hashlib.sha256(plain).digest(),
        "PID plaintext": plain[:64],
    }
    pid = ET.fromstring(plain)
    if pid.find("Pv") is not None:
        found["OTP"] = pid.find("Pv").get("otp").encode()
    for bio in pid.findall("Bios/Bio"):
        kind = bio.get("type")
        found[f"biometric signature of the {kind}"] = bio.get("bs").encode()[:64]
        found.update(of_record(kind, base64.b64decode(bio.text), bio.text.encode()))
    return found


def of_record(kind, record, text):
    """Parts of a record that no other one has: minutiae, or the wavelet's coefficients behind the headers of a JPEG 2000 picture."""
    if record.startswith(b"FMR\0"):
        return {f"template of the {kind}": record[28:76], f"template of the {kind} in base64": text[40:104]}
    start = record.index(b"\xff\x93") + 2  # the marker "start of data"
    size = len(record) - start
    found = {}
    for eighth in range(1, 8):
        place = start + size * eighth // 8
        found[f"picture of the {kind}, {eighth}/8"] = record[place:place + 64]
        # Any 48 bytes that begin at a multiple of three are whole characters.
        found[f"picture of the {kind} in base64, {eighth}/8"] = text[place // 3 * 4:place // 3 * 4 + 64]
    return found


def of_picture(picture_file):
    found = {}
    with open(picture_file, "rb") as file:
        magic, width, height, _, pixels = re.match(rb"(P5)\s(\d+)\s(\d+)\s(\d+)\s(.*)", file.read(), re.S).groups()
    width, height = int(width), int(height)
    # Rows with ridges, whole stretches of 64 pixels of which stand nowhere else.
    for y in range(height // 4, 3 * height // 4, height // 16):
        start = y * width + width // 2 - 32
        found[f"picture row {y}"] = pixels[start:start + 64]
        found[f"picture row {y}, inverted and turned"] = bytes(255 - b for b in pixels[start:start + 64][::-1])
    return found


def of_device_key(key_file):
    with open(key_file, "rb") as file:
        pem = file.read()
    numbers = serialization.load_pem_private_key(pem, None).private_numbers()
    found = {"line of the device key": pem.splitlines()[10]}
    for name, number in (("p", numbers.p), ("q", numbers.q), ("d", numbers.d)):
        for order in ("big", "little"):
            found[f"{name} of the device key, {order} end first"] = number.to_bytes((number.bit_length() + 7) // 8, order)
    return found


def files(folder):
    for path, _, names in os.walk(folder):
        for name in names:
            place = os.path.join(path, name)
            if os.path.isfile(place):
                yield place


def memory(pid):
    with open(f"/proc/{pid}/maps") as maps:
        lines = maps.read().splitlines()
    with open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in lines:
            fields = line.split()
            if not fields[1].startswith("rw") or fields[-1] in ("[vvar]", "[vsyscall]"):
                continue
            start, end = (int(v, 16) for v in fields[0].split("-"))
            try:
                mem.seek(start)
                yield f"memory {fields[5] if len(fields) > 5 else 'heap or stack'}", mem.read(end - start)
            except OSError:
                continue


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uidai-key")
    parser.add_argument("--picture")
    parser.add_argument("--otp", action="append", default=[])
    parser.add_argument("--device-key")
    parser.add_argument("--pid", type=int)
    parser.add_argument("--folder", action="append", default=[])
    parser.add_argument("--file", action="append", default=[])
    parser.add_argument("--plant")
    arguments = parser.parse_args()
    wanted = of_picture(arguments.picture) if arguments.picture else {}
    wanted.update((f"OTP {number}", otp.encode()) for number, otp in enumerate(arguments.otp, 1))
    for number, document in enumerate(re.findall(rb"<PidData.*?</PidData>", sys.stdin.buffer.read(), re.S), 1):
        for name, secret in of_capture(document, arguments.uidai_key).items():
            wanted[f"{name} of capture {number}"] = secret
    device = of_device_key(arguments.device_key) if arguments.device_key else {}
    if arguments.plant:
        with open(arguments.plant, "wb") as file:
            file.write(b"\n".join([*wanted.values(), *device.values()]))
        arguments.file.append(arguments.plant)
    places = [(name, open(name, "rb").read())
              for name in arguments.file + [name for folder in arguments.folder for name in files(folder)]]
    if arguments.device_key:
        # Its own file is where it belongs.
        wanted.update(device)
        places = [place for place in places if place[0] != arguments.device_key]
    if arguments.pid:
        places += memory(arguments.pid)
    finds = sorted({f"{what} in {where}" for where, content in places for what, secret in wanted.items()
                    if secret in content})
    for find in finds:
        print(find)
    print(f"searched {len(places)} places for {len(wanted)} secrets: {len(finds)} found")
    sys.exit(1 if finds else 0)


main()
