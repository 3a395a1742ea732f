#!/usr/bin/env python3
"""The items of `make bench`: each measures and makes a table. See scripts/bench."""

import importlib
import os
import signal
import sys
import traceback

import report
from rig import Unmeasured, Workshop

ITEMS = ["pictures", "sealing", "roundtrip", "handover", "client", "memory", "growth"]
INTRODUCTION = """# Benchmarks

Made by `{command}`, which writes this file to `.build/bench/benchmarks.md`. Every ratio is of one run, pidd and its peer in turn, and is
the median of the ratios of the rounds. Absolute times are of this machine and of whatever else it did: a load before the start means that it was
not alone, and then times of several threads, tails and starts of programs say little. A goal that is missed says so; what is known of the reason
stands below the table.
"""


def main():
    chosen = [word for words in sys.argv[1:] for word in words.replace(",", " ").split()] or ITEMS
    for name in chosen:
        if name not in ITEMS:
            sys.exit(f"bench: there is no item {name}; there are {', '.join(ITEMS)}")
    long = os.environ.get("LONG") == "1"
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    command = ("LONG=1 " if long else "") + "make bench" + (f" ONLY={','.join(chosen)}" if chosen != ITEMS else "")
    facts = "\n".join(["| | |", "|---|---|"] + [f"| {name} | {value} |" for name, value in report.machine()])
    parts = [INTRODUCTION.format(command=command), facts + "\n"]
    print("\n".join(parts), flush=True)
    unmeasured = 0
    for name in chosen:
        item = importlib.import_module(name)
        try:
            with Workshop() as workshop:
                text = item.measure(workshop, long).text()
        except KeyboardInterrupt:
            sys.exit(130)
        except Exception as error:  # whatever it is, the other items are measured
            if not isinstance(error, Unmeasured):
                traceback.print_exc()
            text = f"## {name}\n\nNot measured: {error}\n"
            unmeasured += 1
        parts.append(text)
        print(text, flush=True)
    with open(".build/bench/benchmarks.md", "w", encoding="utf-8") as file:
        file.write("\n".join(parts))
    return 1 if unmeasured else 0


sys.exit(main())
