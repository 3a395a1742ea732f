"""Sealing a PID, beside its cryptography alone in C."""

from pictures import samples
from report import Table, median, median_ratio, microseconds
from rig import BIN


def measure(workshop, long):
    table = Table(
        "Sealing",
        "In one process, in turn: the whole of `Seal` (signature over the record, PID block in XML, hash, AES-GCM, session key under UIDAI's "
        "key, base64) with all memory wiped, and the same calls of libcrypto on as many bytes in C, without wiping.")
    made = samples(workshop.run([f"{BIN}/pidd-bench", "sealing", workshop.state(), "3000" if long else "500"]))
    for kind, what in [("FMR", "minutiae"), ("FIR", "a compressed picture")]:
        ours, theirs = made[f"{kind}/pidd"], made[f"{kind}/c"]
        ratio = median_ratio(ours, theirs)
        table.row(f"PID with {what}", microseconds(median(ours)), f"libcrypto {microseconds(median(theirs))}",
                  f"{ratio:.2f}x", "1.15x", ratio <= 1.15,
                  "What seal adds to libcrypto is libxml2's writer, and pages of its own for each secret: locked and wiped.")
    return table
