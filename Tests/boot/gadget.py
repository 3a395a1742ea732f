#!/usr/bin/python3
"""A NEXT NB-1010-U as the other end of a USB cable: a gadget on FunctionFS that speaks the sensor's protocol.

usage: gadget.py MOUNT RECORDING MODE-FILE READY-FILE

RECORDING is the capture.ioctl of `pidd-simulate scanner nb1010`, whose packets it sends. While MODE-FILE exists, a finger comes
a moment after each capture begins, and leaves with its picture; otherwise nobody touches the sensor.
"""
import os
import struct
import sys
import threading
import time

mount, recording, mode_file, ready_file = sys.argv[1:]
CHECK, PREPARE, SCAN = 0x38, 0x0D, 0x12
PREPARED = bytes.fromhex("80200300100000000000000000000000")
SCANNING = bytes.fromhex("80200400100000000000000003000000")
POLLS_WITHOUT_FINGER = 2

with open(recording) as file:
    packets = [bytes.fromhex(line.split()[-1]) for line in file if " 0 3 131 0 0 540 " in line][:90]
assert len(packets) == 90, "the recording has no picture"


def descriptors():
    """Interface and endpoints, for full and high speed.

    The kernel gives the addresses out, and the driver wants 83 and 02. dummy_hcd gives the first bulk endpoints to the host
    81, 86, 8b and 82, and those after them count from 81; so the seventh is 83. Nobody looks at the six before it.
    """
    def speed(packet):
        addresses = [*range(0x81, 0x88), 0x08]
        return (struct.pack("<9B", 9, 4, 0, 0, len(addresses), 0xFF, 0, 0, 0)
                + b"".join(struct.pack("<BBBBHB", 7, 5, address, 2, packet, 0) for address in addresses))
    body = struct.pack("<II", 9, 9) + speed(64) + speed(512)
    return struct.pack("<III", 3, 12 + len(body), 1 | 2) + body


def control():
    """Reads what happens to the device, and refuses what the driver does not ask for anyway."""
    while True:
        events = os.read(ep0, 12 * 4)
        for at in range(0, len(events), 12):
            kind, request_type = events[at + 8], events[at]
            if kind == 4:  # SETUP: moving data the wrong way round stalls
                try:
                    os.read(ep0, 0) if request_type & 0x80 else os.write(ep0, b"")
                except OSError:
                    pass


def serve():
    """Answers one command after the other; an error means that the cable was pulled."""
    polls = 0
    while True:
        try:
            command = os.read(out, 512)
            if len(command) < 2:
                continue
            if command[1] == CHECK:
                touched = os.path.exists(mode_file) and polls >= POLLS_WITHOUT_FINGER
                polls += 1
                os.write(into, bytes.fromhex("803701001000000000000000") + bytes([0xF7 if touched else 0, 0, 0, 0]))
            elif command[1] == PREPARE:
                os.write(into, PREPARED)
            elif command[1] == SCAN:
                os.write(into, SCANNING)
                for packet in packets:
                    os.write(into, packet)
                polls = 0
        except OSError:
            polls = 0
            time.sleep(0.02)


ep0 = os.open(f"{mount}/ep0", os.O_RDWR)
os.write(ep0, descriptors())
os.write(ep0, struct.pack("<IIIIH", 2, 16 + 2 + 7, 1, 1, 0x0409) + b"NB-101\0")
out, into = os.open(f"{mount}/ep8", os.O_RDONLY), os.open(f"{mount}/ep7", os.O_WRONLY)
threading.Thread(target=control, daemon=True).start()
open(ready_file, "w").close()
serve()
