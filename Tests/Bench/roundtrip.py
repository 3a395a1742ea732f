"""How soon RDSERVICE is answered, beside nginx with a fixed answer and a property of fprintd over D-Bus."""

import os
import threading

import wire
from report import Table, median, median_ratio, microseconds, percentile
from rig import Finger, asked, fprintd, nginx, pin, users

PID_OPTIONS = b'<PidOptions ver="1.0"><Opts fCount="1" fType="0" format="0" pidVer="2.0" timeout="20000"/></PidOptions>'
SWIFT = (
    "A round trip costs pidd the same three system calls as nginx: wait, read, write. The rest is its strict parser, the access rules, and memory that "
    "is overwritten when it is taken and when it is given back; for a new connection also the peer's user and groups.")


def measure(workshop, long):
    table = Table(
        "Round trips",
        "One client asks on one connection as soon as it has the answer; median of rounds in turn. nginx has one worker and "
        "`return 200` with the same document, on a Unix socket too; fprintd's property is read through a dbus-daemon of its own. "
        "All are asked by the same small C program, without any library of HTTP or D-Bus; it and the servers share one core, since what it takes to wake "
        "another core would be the larger part. The 50 clients have all cores.")
    pidd = workshop.pidd()
    question = wire.request("RDSERVICE", "/")
    document = pidd.ask("RDSERVICE", "/")[1].decode()
    web = nginx(workshop, document)
    bus = fprintd(workshop)
    get = wire.request("GET", "/")
    read = wire.bus_call(
        3, "net.reactivated.Fprint", "/net/reactivated/Fprint/Device/0", "org.freedesktop.DBus.Properties", "Get",
        ["net.reactivated.Fprint.Device", "scan-type"])
    kept = {"pidd": (question, pidd.socket), "nginx": (get, web)}
    open_connections = {name: [wire.connect(path)] for name, (_, path) in kept.items()}
    open_connections["fprintd"] = [wire.bus_connection(bus)]
    questions = {"pidd": question, "nginx": get, "fprintd": read}
    times = {}
    everywhere = os.sched_getaffinity(0)
    core = {max(everywhere)}
    pin(workshop, core)
    for round_number in range(-1, 20 if long else 7):
        for name, connections in open_connections.items():
            found = asked(workshop, questions[name], 0.4, connections, cores=core)
            if round_number >= 0:
                times.setdefault(name, []).append(median(found))
        for name, (asks, path) in kept.items():
            found = asked(workshop, asks, 0.4, path, cores=core)
            if round_number >= 0:
                times.setdefault(f"{name} new", []).append(median(found))
    pin(workshop, everywhere)
    middle = {name: median(values) for name, values in times.items()}
    ratio = median_ratio(times["pidd"], times["nginx"])
    table.row("connection kept open", microseconds(middle["pidd"]), f"nginx {microseconds(middle['nginx'])}",
              f"{ratio:.2f}x", "1.1x", ratio <= 1.1, SWIFT)
    ahead = median_ratio(times["fprintd"], times["pidd"])
    table.row("connection kept open", microseconds(middle["pidd"]), f"fprintd {microseconds(middle['fprintd'])}",
              f"{ahead:.1f} times as fast", "5 times", ahead >= 5)
    ratio = median_ratio(times["pidd new"], times["nginx new"])
    table.row("a new connection each time", microseconds(middle["pidd new"]), f"nginx {microseconds(middle['nginx new'])}",
              f"{ratio:.2f}x", "1.1x", ratio <= 1.1, SWIFT)
    for connections in open_connections.values():
        connections[0].close()
    crowd(workshop, table, pidd, question, web, get, 20 if long else 5)
    return table


def crowd(workshop, table, pidd, question, web, get, seconds):
    """50 clients that ask 50 times a second each, while captures run one after the other."""
    finger = Finger(pidd)
    finger.touch_when_asked(delay=0.1)
    stop, captures, troubles = threading.Event(), [], []

    def capture():
        try:
            while not stop.is_set():
                _, body = pidd.ask("CAPTURE", "/rd/capture", body=PID_OPTIONS)
                (captures if b'errCode="0"' in body else troubles).append(1)
        except (OSError, EOFError):
            troubles.append(1)

    found = {}
    crowd_size = len(users(50))
    asks = {"pidd": (question, pidd.socket), "nginx": (get, web)}
    # To connect as another user changes that of the whole process: not beside a thread that connects too.
    connections = {name: [wire.connect(path, user) for user in users(50)] for name, (_, path) in asks.items()}
    capturing = threading.Thread(target=capture, daemon=True)
    capturing.start()
    for name, (asked_for, _) in asks.items():
        found[name] = asked(workshop, asked_for, seconds, connections[name], interval=20_000)
        for connection in connections[name]:
            connection.close()
    stop.set()
    capturing.join(30)
    tail = {name: percentile(times, 99) for name, times in found.items()}
    table.row(f"p99 with {crowd_size} clients while captures run", microseconds(tail["pidd"]),
              f"nginx {microseconds(tail['nginx'])}", f"{tail['pidd'] / tail['nginx']:.2f}x", "below 1 ms", tail["pidd"] < 1e6)
    table.remark(
        f"The {crowd_size} clients asked 50 times a second each ({len(found['pidd'])} answers of pidd, median "
        f"{microseconds(median(found['pidd']))}, worst {microseconds(max(found['pidd']))}) while {len(captures)} captures were taken"
        + (f" and {len(troubles)} failed." if troubles else "."))
