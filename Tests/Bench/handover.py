"""How soon the next client has the scanner after a finger was lifted, and after a holder went away."""

import time

import wire
from report import Table, median, milliseconds, percentile
from rig import Events, Finger


def begin(pidd, name):
    """A capture that waits in line for half a minute."""
    connection = wire.connect(pidd.socket)
    connection.sendall(wire.request("POST", "/v1/captures", [f"Pidd-Request-Id: {name}", "Prefer: wait=30"]))
    return connection


def pair(pidd, events, number):
    """A holder that is asked for its finger, and one in line behind it."""
    names = f"holder-{number}", f"next-{number}"
    holder = begin(pidd, names[0])
    events.until("put-finger", names[0])
    following = begin(pidd, names[1])
    events.until("queue", names[1])
    return holder, following, names[1]


def lift(pidd, finger, events, number):
    """From lifting the finger of one client to asking the next for its own, in nanoseconds."""
    holder, following, name = pair(pidd, events, number)
    finger.present(True)
    finger.show()
    status, _ = wire.answer(holder)
    time.sleep(0.2)  # the finger still rests on the glass
    start = time.monotonic_ns()
    finger.present(False)
    events.until("put-finger", name)
    took = time.monotonic_ns() - start
    holder.close()
    following.close()
    pidd.settle()
    if status != 200:
        raise OSError(f"a capture ended with {status}")
    return took


def cancel(pidd, events, number):
    """From the going of a client that waits for its finger to asking the next for its own, in nanoseconds."""
    holder, following, name = pair(pidd, events, number)
    start = time.monotonic_ns()
    holder.close()
    events.until("put-finger", name)
    took = time.monotonic_ns() - start
    following.close()
    pidd.settle()
    return took


def measure(workshop, long):
    rounds = 100 if long else 20
    table = Table(
        "Hand-over",
        "Two clients, one with the scanner and one in line; measured until the second one is asked for its finger, as its event tells. pcscd "
        "lets clients poll every 100 ms, scdaemon every second (their own sources); neither has a line to stand in. "
        f"Median and 95th percentile of {rounds} each.")

    def row(what, times, beside, goal, limit):
        tail = percentile(times, 95)
        table.row(what, f"{milliseconds(median(times))}, p95 {milliseconds(tail)}", beside, "", goal, tail < limit)

    pidd = workshop.pidd()
    finger, events = Finger(pidd), Events(pidd.socket)
    finger.automatic(False)
    row("finger lifted, virtual scanner", [lift(pidd, finger, events, number) for number in range(rounds)],
        "pcscd 100 ms poll", "20 ms", 20e6)
    row("holder hangs up, virtual scanner", [cancel(pidd, events, number) for number in range(rounds)], "", "200 ms", 200e6)
    events.close()
    pidd.stop()
    # A finger that stays away for longer than this takes.
    pidd = workshop.pidd(["nb1010", "--finger", "7", "--delay", "60"])
    events = Events(pidd.socket)
    row("holder hangs up, NB-1010-U by USB recording", [cancel(pidd, events, number) for number in range(rounds)], "", "200 ms", 200e6)
    events.close()
    return table
