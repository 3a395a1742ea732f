"""What becomes of round trips with more clients, and of memory with more minutes."""

import os
import time

import wire
from memory import mib, resident, take_captures
from report import Table, median, microseconds, percentile
from rig import Finger, asked, nginx, pin, users


def measure(workshop, long):
    table = Table(
        "Growth",
        "All clients ask RDSERVICE on connections of their own, each again as soon as it has its answer, so that every one waits for all others; "
        "nginx likewise. Clients and servers share one core. How captures grow with the picture is above.")
    pidd = workshop.pidd()
    document = pidd.ask("RDSERVICE", "/")[1].decode()
    web = nginx(workshop, document)
    seconds = 5 if long else 1.5
    everywhere = os.sched_getaffinity(0)
    core = {max(everywhere)}
    pin(workshop, core)
    for count in (1, 10, 50):
        told = {}
        for name, question, path in [("pidd", wire.request("RDSERVICE", "/"), pidd.socket), ("nginx", wire.request("GET", "/"), web)]:
            connections = [wire.connect(path, user) for user in users(count)]
            asked(workshop, question, 0.2, connections, cores=core)
            times = asked(workshop, question, seconds, connections, cores=core)
            told[name] = len(times) / seconds
            told[f"{name} text"] = (f"{len(times) / seconds:,.0f}/s, median {microseconds(median(times))}, "
                                    f"p99 {microseconds(percentile(times, 99))}")
            for connection in connections:
                connection.close()
        table.row(f"{len(users(count))} clients", told["pidd text"], f"nginx {told['nginx text']}", f"{told['pidd'] / told['nginx']:.2f}x the answers")
    pin(workshop, everywhere)
    if long:
        minutes(table, pidd)
    else:
        table.remark("Growth over 1, 10 and 60 minutes of captures is measured by `LONG=1 make bench ONLY=growth`.")
    return table


def minutes(table, pidd):
    """Captures one after the other for an hour."""
    Finger(pidd).touch_when_asked()
    take_captures(pidd, 20)
    pid = pidd.process.pid
    first, files = resident(pid)[0], len(os.listdir(f"/proc/{pid}/fd"))
    start, count = time.monotonic(), 0
    longest = float(os.environ.get("BENCH_MINUTES", "60"))
    for limit in sorted({min(limit, longest) for limit in (1, 10, longest)}):
        while time.monotonic() - start < limit * 60:
            take_captures(pidd, 1)
            count += 1
        now = resident(pid)[0]
        table.row(f"{limit:g} minutes of captures", mib(now), f"{count:,} captures, {len(os.listdir(f'/proc/{pid}/fd')) - files:+d} files",
                  f"{(now - first) / 1024:+.1f} MiB", "+1 MiB", now - first <= 1024)
