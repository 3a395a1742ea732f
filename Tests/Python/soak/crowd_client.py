#!/usr/bin/env python3
"""One program at the desk: captures in both dialects until the time is up, and prints its counts as JSON.

    crowd_client.py SOCKET SECONDS SEED
"""
import json
import random
import sys
import time

from rig import PID_OPTIONS, ask, connect

# What a program may be told; anything else is a wrong answer.
FAIR = {"captured", "busy", "too-many-for-user", "capture-timed-out", "cancelled"}


def capture(path, name, wait, in_json):
    """One capture: its outcome, and what is wrong with the answer, or nothing."""
    headers = [f"Pidd-Request-Id: {name}", f"Prefer: wait={wait}"]
    connection = connect(path)
    try:
        if in_json:
            headers.append("Content-Type: application/json")
            status, got, body = ask(connection, "POST", "/v1/captures", headers, b'{"timeout_ms":20000}')
            document = json.loads(body) if got.get("content-type", "").endswith("json") else {}
            if status == 200 and 'errCode="0"' not in document["pid_data"]:
                return "captured", f"{name}: 200 without a PID", body
        else:
            status, got, body = ask(connection, "CAPTURE", "/rd/capture", headers, PID_OPTIONS)
            if status == 200 and (got["pidd-outcome"] == "captured") != (b'errCode="0"' in body):
                return got["pidd-outcome"], f"{name}: outcome and document differ", body
    finally:
        connection.close()
    outcome = got.get("pidd-outcome", f"http-{status}")
    if outcome not in FAIR or got.get("pidd-request-id") != name:
        return outcome, f"{name}: {status} {outcome} {body[:200]!r}", body
    return outcome, "", body


def main():
    path, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    counts, wrong = {}, []
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        number += 1
        name = f"soak-{seed}-{number}"
        try:
            outcome, fault, _ = capture(path, name, chance.choice([0, 1, 5, 30]), chance.random() < 0.5)
            if fault:
                wrong.append(fault)
            counts[outcome] = counts.get(outcome, 0) + 1
            if outcome != "captured":
                time.sleep(chance.uniform(0.01, 0.3))
        except (OSError, EOFError, KeyError, ValueError) as error:
            wrong.append(f"{name}: lost: {error!r}")
            time.sleep(0.1)
    print(json.dumps({"counts": counts, "wrong": wrong}))


if __name__ == "__main__":
    main()
