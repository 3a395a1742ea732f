#!/usr/bin/env python3
"""Prints the lines of each target that tests reach, from what `llvm-cov export -summary-only` writes: coverage_table.py FILE

Ends with 1 when a core target is below its goal and no reason is known.
"""
import json
import os
import sys

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOAL = 90
CORE = ["Biometrics", "Crypto", "EkoAPI", "HTTPWire", "PIDSeal", "Platform", "RDProtocol", "Secrets", "Settings", "Sharing"]
# Why a core target may stay below the goal, and how far.
REASONS = {}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        files = json.load(file)["data"][0]["files"]
    targets = {}
    for entry in files:
        path = os.path.relpath(entry["filename"], PROJECT).split(os.sep)
        # What the package manager generates lies below .build.
        if path[0] != "Sources":
            continue
        lines = entry["summary"]["lines"]
        target = targets.setdefault(path[1], [0, 0, []])
        target[0] += lines["count"]
        target[1] += lines["covered"]
        target[2].append((lines["count"] - lines["covered"], path[-1]))
    print("\n| target | lines | reached | % | |\n|---|---|---|---|---|")
    low = []
    for name, (count, covered, missed) in sorted(targets.items(), key=lambda item: (item[0] not in CORE, item[0])):
        share = 100 * covered / max(count, 1)
        remark = "core" if name in CORE else ""
        if name in CORE and share < GOAL:
            floor, reason = REASONS.get(name, (GOAL, ""))
            remark = f"core; {reason}" if reason else "core, below the goal"
            if share < floor:
                low.append(f"{name} ({share:.1f} %)")
        worst = ", ".join(f"{file} {lines}" for lines, file in sorted(missed, reverse=True)[:3] if lines and share < 95)
        print(f"| {name} | {count} | {covered} | {share:.1f} | {remark}{'; ' if remark and worst else ''}"
              f"{'missed most: ' + worst if worst else ''} |")
    count, covered = (sum(target[index] for target in targets.values()) for index in (0, 1))
    print(f"| all | {count} | {covered} | {100 * covered / max(count, 1):.1f} | |")
    if low:
        print(f"\ncoverage: below {GOAL} % without a reason: {', '.join(low)}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
