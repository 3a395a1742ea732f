"""Memory, wake-ups when idle, and how soon a daemon that is started by its socket answers."""

import os
import time

import wire
from report import Table, median, milliseconds
from rig import BIN, Finger, Unmeasured, asked, listener, users
from roundtrip import PID_OPTIONS


def resident(pid):
    """The resident memory of a process in KiB, and the part of it that is not read from files."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields["VmRSS"].split()[0]), int(fields["RssAnon"].split()[0])


def sleeps(pid):
    """How often all threads of a process together have gone to sleep."""
    count = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii") as file:
            count += sum(int(line.split(":")[1]) for line in file if line.startswith("voluntary_ctxt_switches"))
    return count


def mib(kib):
    return f"{kib / 1024:.1f} MiB"


def take_captures(pidd, count):
    """Takes captures one after the other, by a finger that is there whenever it is asked for."""
    for number in range(count):
        _, body = pidd.ask("CAPTURE", "/rd/capture", body=PID_OPTIONS)
        if b'errCode="0"' not in body:
            raise Unmeasured(f"capture {number + 1} failed: {body[:200]!r}")


def started(workshop):
    """From the start of a daemon to its first answer, through a socket that is there before it, as under systemd."""
    path = workshop.path("early.sock")
    waiting = listener(path)
    client = wire.connect(path)
    client.sendall(wire.request("RDSERVICE", "/"))
    command = [f"{BIN}/pidd", "serve", "--state", workshop.state(), "--config", workshop.write("early.conf", b"")]

    def inherit():  # runs between fork and exec: the variables name the new process
        os.dup2(waiting.fileno(), 3)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="pidd.socket")

    with open(workshop.path("early.log"), "ab") as log:
        null = os.open("/dev/null", os.O_RDWR)
        start = time.monotonic_ns()
        pid = os.fork()
        if pid == 0:
            try:
                inherit()
                for old, new in ((null, 0), (log.fileno(), 1), (log.fileno(), 2)):
                    os.dup2(old, new)
                os.set_inheritable(3, True)
                os.execve(command[0], command, os.environ)
            finally:
                os._exit(127)
        try:
            status, _ = wire.answer(client)
            took = time.monotonic_ns() - start
        finally:
            os.kill(pid, 15)
            os.waitpid(pid, 0)
            os.close(null)
            client.close()
            waiting.close()
    if status != 200:
        raise Unmeasured(f"the first answer was {status}")
    return took


def measure(workshop, long):
    table = Table(
        "Memory, idleness and start",
        "Resident memory as the kernel counts it, of which the pages of libraries belong to all who use them. Wake-ups are the voluntary context "
        "switches of all threads of a daemon with an open scanner and nobody connected, without service manager; under systemd "
        "the watchdog's message adds two a minute.")
    pidd = workshop.pidd()
    pid = pidd.process.pid
    idle, anonymous = resident(pid)
    table.row("idle", mib(idle), f"{mib(anonymous)} not of files", "", "16 MiB", idle <= 16 * 1024,
              "Of the idle memory all but the pages named are file pages that the kernel can drop and share: the program with Swift's libraries in it, ICU, "
              "libcrypto, GLib.")

    seconds = 60 if long else 20
    time.sleep(2)
    before = sleeps(pid)
    time.sleep(seconds)
    woken = (sleeps(pid) - before) * 60 / seconds
    table.row("wake-ups a minute, idle", f"{woken:g}", "", "", "0", woken == 0,
              "None of these wake-ups is pidd's own: libdispatch, on which Swift's tasks run, looks at its threads once a second on Linux, and "
              "libgusb, below libfprint, at a flag of its own every two seconds.")

    Finger(pidd).touch_when_asked()
    count = 10_000 if long else 200
    take_captures(pidd, 20)
    pidd.settle()
    warm, _ = resident(pid)
    take_captures(pidd, count)
    pidd.settle()
    after, _ = resident(pid)
    table.row(f"after {count:,} captures", mib(after), f"{mib(warm)} after the first 20", f"{(after - warm) / 1024:+.1f} MiB", "+1 MiB", after - warm <= 1024)

    held = [wire.connect(pidd.socket, user) for user in users(50)]
    for connection in held:
        connection.sendall(wire.request("RDSERVICE", "/"))
        wire.answer(connection)
    crowded, _ = resident(pid)
    table.row("per client connected", f"{(crowded - after) / len(held):.1f} KiB", f"of {len(held)}")
    for connection in held:
        connection.close()
    pidd.stop()

    pidd = workshop.pidd()
    pid = pidd.process.pid
    question = wire.request("RDSERVICE", "/")
    asked(workshop, question, 0.2, pidd.socket)
    # One has the scanner, which waits for a finger; four of each user may stand in line. The first in line brings in the code of all others.
    captures = []
    for number, user in enumerate(users(50)[:48]):
        if number % 8 < 4:
            connection = wire.connect(pidd.socket, user)
            connection.sendall(wire.request("POST", "/v1/captures", ["Prefer: wait=60"]))
            captures.append(connection)
            if len(captures) == 2:
                workshop.wait("a client in line", lambda: pidd.status()["desk"]["waiting"])
                before, _ = resident(pid)
    others = len(captures) - 2
    workshop.wait("clients in line", lambda: len(pidd.status()["desk"]["waiting"]) > others)
    crowded, _ = resident(pid)
    table.row("per client waiting in line", f"{(crowded - before) / others:.1f} KiB", f"of {others} after the first")
    for connection in captures:
        connection.close()
    pidd.stop()

    times = [started(workshop) for _ in range(30 if long else 10)]
    table.row("start to first answer, by its socket", f"{milliseconds(median(times))}, worst {milliseconds(max(times))}", "", "",
              "100 ms", max(times) < 100e6)
    return table
