"""ekyc-client as a whole process, beside curl and a Python script that do the same."""

import base64
import hashlib
import hmac
import os
import sys
import time

from report import Table, median, median_ratio, milliseconds, percentile
from rig import BIN, Unmeasured

ACCESS_KEY = b"bench-access-key"
INQUIRY = "/customer/payment/dmt-fino/sender/9123456789?initiator_id=9962981729&user_code=20810200"
# ekyc-client says with this status that the sender is not enrolled, which is the answer here.
NEXT_STEP = 3

HASH = "import base64, hashlib; print(base64.b64encode(hashlib.sha256(b'2.5FYNNN').digest()).decode())"
ASK = """
import http.client, socket, sys
class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(sys.argv[1])
connection = Connection("localhost")
for method, path in ("RDSERVICE", "/"), ("DEVICEINFO", "/rd/info"):
    connection.request(method, path)
    print(connection.getresponse().read().decode())
"""
INQUIRE = """
import base64, hashlib, hmac, sys, time
import requests
url, authority, key_file = sys.argv[1:]
with open(key_file, "rb") as file:
    key = file.read().strip()
stamp = str(int(time.time() * 1000))
signature = base64.b64encode(hmac.new(base64.b64encode(key), stamp.encode(), hashlib.sha256).digest()).decode()
answer = requests.get(url, verify=authority, timeout=30, headers={
    "developer_key": "bench-developer-key", "secret-key": signature, "secret-key-timestamp": stamp})
print(answer.json())
"""
START = (
    "Most of it is the loading of libraries, 41 where curl loads 33: libxml2 brings ICU, and ICU libstdc++. A program in C that does nothing but load "
    "the same 41 takes two thirds of the processor time of `ekyc-client info`; the 37,000 relocations of the Swift libraries linked in are a small part "
    "of the rest.")


def spent(command, log):
    """How long a process takes from start to end, in nanoseconds; its output goes into a file."""
    files = [(os.POSIX_SPAWN_OPEN, fd, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) for fd in (1, 2)]
    start = time.monotonic_ns()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    _, status = os.waitpid(pid, 0)
    took = time.monotonic_ns() - start
    if os.waitstatus_to_exitcode(status) not in (0, NEXT_STEP):
        with open(log, errors="replace") as file:
            raise Unmeasured(f"{os.path.basename(command[0])} ended with {os.waitstatus_to_exitcode(status)}: {file.read()[-300:]}")
    return took


def signed():
    """Headers for one request; every millisecond is good once."""
    time.sleep(0.002)
    stamp = str(int(time.time() * 1000))
    signature = base64.b64encode(hmac.new(base64.b64encode(ACCESS_KEY), stamp.encode(), hashlib.sha256).digest()).decode()
    return ["developer_key: bench-developer-key", f"secret-key: {signature}", f"secret-key-timestamp: {stamp}"]


def sandbox(workshop):
    """eko-sandbox over TLS; returns its URL."""
    key = workshop.write("access-key", ACCESS_KEY, 0o600)
    workshop.start("eko-sandbox", [
        f"{BIN}/eko-sandbox", "--registry", workshop.path("uidai"), "--developer-key", "bench-developer-key", "--access-key-file", key,
        "--initiator-id", "9962981729", "--user-code", "20810200", "--ca-out", workshop.path("ca.pem"), "--ready-file",
        workshop.path("url")])
    workshop.wait("eko-sandbox", lambda: os.path.exists(workshop.path("url")))
    with open(workshop.path("url"), encoding="ascii") as file:
        return file.read().strip()


def measure(workshop, long):
    table = Table(
        "ekyc-client",
        "Whole processes in turn, from their start to their end. The inquiry is a signed GET of eko-sandbox over TLS: curl is given its signature "
        "ready-made, the Python script makes it as its users do.")
    pidd = workshop.pidd()
    url = sandbox(workshop)
    authority, key = workshop.path("ca.pem"), workshop.path("access-key")
    config = workshop.write("config", f"""[pidd]
socket = {pidd.socket}
[eko]
base-url = {url}
ca-file = {authority}
developer-key = bench-developer-key
access-key-file = {key}
initiator-id = 9962981729
user-code = 20810200
""", 0o600)
    value = workshop.write("value", b"2.5FYNNN")
    client, curl, python = f"{BIN}/ekyc-client", ["/usr/bin/curl", "--silent", "--show-error", "--fail"], [sys.executable, "-c"]
    local = curl + ["--unix-socket", pidd.socket]

    def signed_curl():
        headers = [word for header in signed() for word in ("--header", header)]
        return curl + ["--cacert", authority, *headers, url + INQUIRY]

    calls = [
        ("wadh", [client, "wadh", "2.5FYNNN"], [
            ("openssl", lambda: ["/usr/bin/openssl", "dgst", "-sha256", "-binary", value], None),
            ("Python", lambda: [*python, HASH], None)]),
        ("info", [client, "info", "--config", config], [
            ("curl", lambda: [*local, "-X", "RDSERVICE", "http://localhost/", "--next", *local[1:], "-X", "DEVICEINFO", "http://localhost/rd/info"], 1.3),
            ("Python", lambda: [*python, ASK, pidd.socket], None)]),
        ("inquiry", [client, "fino", "get", "--customer", "9123456789", "--config", config], [
            ("curl", signed_curl, 1.3),
            ("Python requests", lambda: [*python, INQUIRE, url + INQUIRY, authority, key], None)]),
    ]
    titles = {"wadh": "`ekyc-client wadh`", "info": "`ekyc-client info`, two requests to pidd", "inquiry": "`ekyc-client fino get`, TLS"}
    log = workshop.path("output")
    for name, ours, others in calls:
        times = {}
        for round_number in range(-2, 100 if long else 25):
            for program, command in [("", lambda: ours)] + [(program, command) for program, command, _ in others]:
                words = command()
                took = spent(words, log)
                if round_number >= 0:
                    times.setdefault(program, []).append(took)
        for program, _, goal in others:
            ratio = median_ratio(times[""], times[program])
            table.row(titles[name], milliseconds(median(times[""])), f"{program} {milliseconds(median(times[program]))}",
                      f"{ratio:.2f}x", f"{goal}x" if goal else "", None if goal is None else ratio <= goal, START)
        if name == "info":
            tail = percentile(times[""], 95)
            table.row("the same, p95", milliseconds(tail), f"curl {milliseconds(percentile(times['curl'], 95))}", "", "10 ms", tail <= 10e6)
    return table
