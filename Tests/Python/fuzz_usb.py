#!/usr/bin/env python3
"""Gives libfprint's drivers, and all that stands on them, what no scanner should send: mutated recordings of synthetic ones.

    scripts/fuzz --seconds N usb
    fuzz_usb.py [--seconds 60] [--seed N] [--programs .build/debug] [--found .build/fuzz/found/usb]

Each recording is plugged in under umockdev around `scan-probe`, a picture is asked for, and it is pulled out again. Fair ends of
that are a picture, an error, and (if a driver blocks for good) the watchdog's exit status 75; a crash, another status, or no answer
at all is a find, and its recordings stay in the folder that --found names. A seed repeats a run.
"""
import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# umockdev plays three recordings of the second kind in one process, and no fourth.
BATCH = {"nb1010": 6, "uru4500": 3}


def mutate(data, chance):
    """The bytes of one transfer, changed in one of the ways in which devices and cables go wrong."""
    data = bytearray(data)
    kind = chance.randrange(6)
    if kind == 0 and data:
        for _ in range(chance.choice([1, 1, 2, 8])):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif kind == 1 and data:
        # The first bytes are where headers and lengths stand.
        data[chance.randrange(min(len(data), 8))] = chance.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF])
    elif kind == 2:
        del data[chance.randrange(len(data) + 1):]
    elif kind == 3:
        data = bytearray(chance.randbytes(len(data)))
    elif kind == 4:
        data = bytearray([chance.choice([0, 0xFF])] * len(data))
    else:
        data += chance.randbytes(chance.choice([1, 64, 4096]))
    return bytes(data)


def broken_nb1010(folder, chance):
    """Changes some of the transfers in the text of an ioctl recording."""
    path = f"{folder}/capture.ioctl"
    with open(path, encoding="ascii") as file:
        lines = file.read().splitlines()
    # USBDEVFS_REAPURBNDELAY result type endpoint status flags length actual errors data
    answers = [index for index, line in enumerate(lines) if len(line.split()) == 10 and line.split()[3] == "131"]
    for index in chance.sample(answers, min(len(answers), chance.choice([1, 1, 2, 5, 20]))):
        start = lines[index][:len(lines[index]) - len(lines[index].lstrip())]
        fields = lines[index].split()
        data = mutate(bytes.fromhex(fields[9]), chance)
        # No transfer is longer than what was asked for; umockdev would write past the end of the buffer.
        data = data[:int(fields[6])]
        if not data:
            data = b"\0"
        if chance.random() < 0.1:
            fields[4] = str(chance.choice([-32, -71, -75, -110, -19]))
        fields[7], fields[9] = str(len(data)), data.hex().upper()
        lines[index] = start + " ".join(fields)
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


def broken_uru4500(folder, chance, number):
    """Changes some of the packets of a usbmon recording, and the number of the device on its bus."""
    with open(f"{folder}/capture.pcapng", "rb") as file:
        capture = file.read()
    head, packets, position = b"", [], 0
    while position < len(capture):
        # Blocks of pcapng: type, length, content, length; type 6 is a packet: interface, time, two lengths, bytes.
        kind = int.from_bytes(capture[position:position + 4], "little")
        length = int.from_bytes(capture[position + 4:position + 8], "little")
        if kind == 6:
            size = int.from_bytes(capture[position + 20:position + 24], "little")
            packets.append(bytearray(capture[position + 28:position + 28 + size]))
        else:
            head += capture[position:position + length]
        position += length
    # Completed, towards the computer, with data after the header of 64 bytes.
    answers = [index for index, packet in enumerate(packets)
               if packet[8:9] == b"C" and packet[10] & 0x80 and len(packet) > 64]
    for index in chance.sample(answers, min(len(answers), chance.choice([1, 1, 2, 3]))):
        packet = packets[index]
        data = mutate(packet[64:], chance)[:len(packet) - 64]
        size = len(data).to_bytes(4, "little")
        packets[index] = packet[:32] + size + size + packet[40:64] + data
    blocks = b""
    for packet in packets:
        packet[11] = number
        padding = bytes(-len(packet) % 4)
        length = (32 + len(packet) + len(padding)).to_bytes(4, "little")
        size = len(packet).to_bytes(4, "little")
        blocks += (6).to_bytes(4, "little") + length + bytes(12) + size + size + bytes(packet) + padding + length
    with open(f"{folder}/capture.pcapng", "wb") as file:
        file.write(head + blocks)
    with open(f"{folder}/device", encoding="ascii") as file:
        text = file.read()
    with open(f"{folder}/device", "w", encoding="ascii") as file:
        file.write(text.replace("devnum=50", f"devnum={number}"))


class Bench:
    """`scan-probe watch` and the USB around it."""

    def __init__(self, programs, errors):
        tool = f"{PROJECT}/Tests/SystemTests/tools/usb_bench.py"
        self.process = subprocess.Popen(
            ["umockdev-wrapper", "/usr/bin/python3", tool, f"{programs}/scan-probe", "watch"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
            env={**os.environ, "BENCH_ERRORS": errors, "TMPDIR": "/tmp", "SWIFT_BACKTRACE": "enable=no"})
        os.set_blocking(self.process.stdout.fileno(), False)
        self.lines = []
        self.rest = ""

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def says(self, *starts, holds="", seconds=20):
        """Waits for a line that begins so and holds a text, among those that were not waited for yet; None when none comes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            while self.lines:
                line = self.lines.pop(0)
                if line.startswith(starts) and holds in line:
                    return line
            try:
                more = os.read(self.process.stdout.fileno(), 65536).decode()
            except BlockingIOError:
                time.sleep(0.005)
                continue
            if not more:
                return None
            *whole, self.rest = (self.rest + more).split("\n")
            self.lines += whole
        return None

    def end(self):
        self.process.stdin.close()
        ended = self.says("bench ended", seconds=40)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return (ended or "bench ended nothing").split()[2]


def batch(model, programs, folder, chance, counts):
    """Some recordings around one process; says what is wrong, or nothing."""
    bench = Bench(programs, f"{folder}/errors")
    bench.tell("start")
    bench.says("started")
    for number in range(BATCH[model]):
        recording = f"{folder}/{number}"
        shutil.copytree(f"{folder}/good", recording)
        if model == "nb1010":
            broken_nb1010(recording, chance)
        else:
            broken_uru4500(recording, chance, 51 + number)
        port = number + 1
        bench.tell(f"plug {recording} {port}")
        # What is broken may also be what a driver reads when it opens the scanner.
        bench.says("scanners", holds=":ready", seconds=2)
        bench.tell(f"> capture {number} 0.7")
        told = bench.says(f"captured {number}", f"failed {number}", seconds=15)
        bench.tell(f"unplug {port}")
        counts[told.split()[0] if told and told.startswith("captured") else told.split()[2] if told else "silent"] += 1
        if told is None:
            break
    status = bench.end()
    if status == "75":
        counts["watchdog"] += 1
    elif status != "0":
        return f"scan-probe ended with {status}"
    elif told is None:
        return "a capture was not answered"
    return None


class Counts(dict):
    def __missing__(self, key):
        return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--programs", default=os.environ.get("PROGRAMS", f"{PROJECT}/.build/debug"))
    parser.add_argument("--found", default=f"{PROJECT}/.build/fuzz/found/usb")
    options = parser.parse_args()
    programs = os.path.abspath(options.programs)
    chance, counts, finds = random.Random(options.seed), Counts(), []
    end = time.monotonic() + options.seconds
    turn = 0
    while turn == 0 or time.monotonic() < end:
        model = "uru4500" if turn % 3 == 2 else "nb1010"
        turn += 1
        folder = tempfile.mkdtemp(prefix="pidd-usb-")
        try:
            subprocess.run([f"{programs}/pidd-simulate", "scanner", model, "--finger", "7", "-o", f"{folder}/good"],
                           check=True, stdout=subprocess.DEVNULL)
            find = batch(model, programs, folder, chance, counts)
            if find:
                kept = f"{options.found}/{options.seed}-{turn}"
                shutil.copytree(folder, kept, dirs_exist_ok=True)
                finds.append(f"{model}: {find}; see {kept}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    outcomes = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    print(f"{'BROKEN' if finds else 'ok'}: {sum(counts.values())} recordings in {options.seconds:g} s "
          f"(seed {options.seed}): {outcomes}")
    for find in finds:
        print(f"  {find}")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
