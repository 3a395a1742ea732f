"""The parts of the soak at one desk, with libfprint's virtual scanner: questions, captures, a crowd, a flood, hand-overs."""
import json
import os
import random
import re
import signal
import statistics
import sys
import threading
import time

from crowd_client import capture
from rig import IS_ROOT, USERS, as_user, ask, connect

HERE = os.path.dirname(os.path.abspath(__file__))


def questions(pidd, count, wrong):
    """RDSERVICE again and again, each second time on a new connection; nothing changes, so all answers are the same."""
    kept = connect(pidd.path)
    first = ask(kept, "RDSERVICE", "/")[2]
    if b'status="READY"' not in first:
        wrong.append(f"RDSERVICE: {first[:200]!r}")
    for number in range(count):
        connection = kept if number % 2 else connect(pidd.path)
        status, _, body = ask(connection, "RDSERVICE", "/")
        if status != 200 or body != first:
            wrong.append(f"RDSERVICE {number}: {status} {body[:200]!r}")
        if connection is not kept:
            connection.close()
    kept.close()


def captures(pidd, count, wrong, keys):
    """Captures by two programs that wait for each other; no session key comes twice (`keys` holds those that came)."""
    numbers = iter(range(count))
    guard = threading.Lock()

    def work():
        while True:
            with guard:
                number = next(numbers, None)
            if number is None:
                return
            name = f"capture-{number}-{len(keys)}"
            try:
                outcome, fault, body = capture(pidd.path, name, 60, number % 2 == 0)
                key = re.search(rb"<Skey[^>]*>([^<]+)<", body)
                with guard:
                    if fault or outcome != "captured" or key is None:
                        wrong.append(fault or f"{name}: {outcome}")
                    elif key[1] in keys:
                        wrong.append(f"{name}: a session key comes twice")
                    else:
                        keys.add(key[1])
            except (OSError, EOFError, KeyError, ValueError) as error:
                wrong.append(f"{name}: lost: {error!r}")

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def crowd(pidd, clients, seconds, first_seed, wrong):
    """Programs of four users for a while, some of them killed; how often each outcome came, and the number of the killed."""
    def start(seed, seconds):
        command = [sys.executable, f"{HERE}/crowd_client.py", pidd.path, str(seconds), str(seed)]
        return as_user(USERS[seed % len(USERS)], command)

    counts, chance = {}, random.Random(first_seed)
    end = time.monotonic() + seconds
    running = [start(first_seed + number, seconds) for number in range(clients)]
    killed, seed = 0, first_seed + clients

    def collect(process):
        output = process.communicate()[0]
        if process.returncode == 0:
            told = json.loads(output)
            wrong.extend(told["wrong"])
            for outcome, count in told["counts"].items():
                counts[outcome] = counts.get(outcome, 0) + count
        elif process.returncode != -signal.SIGKILL:
            wrong.append(f"a client ended with {process.returncode}")

    while time.monotonic() < end:
        time.sleep(chance.uniform(0.2, 0.8))
        victim = chance.randrange(len(running))
        if running[victim].poll() is None and end - time.monotonic() > 1:
            running[victim].kill()
            collect(running[victim])
            killed += 1
            running[victim] = start(seed, end - time.monotonic())
            seed += 1
    for process in running:
        collect(process)
    if not counts.get("captured"):
        wrong.append("nobody in the crowd captured anything")
    return counts, killed


def status_times(pidd, uid, times):
    """How long one status takes, in milliseconds, again and again, by another user; -1 for a refusal."""
    script = (
        "import socket,sys,time\n"
        "for _ in range(int(sys.argv[2])):\n"
        " s=socket.socket(socket.AF_UNIX);t=time.monotonic();s.connect(sys.argv[1])\n"
        " s.sendall(b'GET /v1/status HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n')\n"
        " d=s.recv(65536);print((time.monotonic()-t)*1000 if b' 200 ' in d[:20] else -1);s.close();time.sleep(0.02)\n"
    )
    made = as_user(uid, [sys.executable, "-c", script, pidd.path, str(times)])
    return [float(line) for line in made.communicate()[0].split()]


def flood(pidd, wrong):
    """One user opens 500 connections and keeps what it gets; another one asks meanwhile. Says how long that took."""
    alone = status_times(pidd, USERS[-1], 50)
    if not IS_ROOT:
        return f"status alone {statistics.median(alone):.1f} ms; beside a flood it is not measured, which needs root"
    script = (
        "import socket,sys,time\n"
        "kept=[]\n"
        "for _ in range(500):\n"
        " s=socket.socket(socket.AF_UNIX);s.settimeout(5);s.connect(sys.argv[1]);kept.append(s)\n"
        "print('open',flush=True)\n"
        "time.sleep(60)\n")
    flooder = as_user(USERS[0], [sys.executable, "-c", script, pidd.path])
    flooder.stdout.readline()
    during = status_times(pidd, USERS[-1], 100)
    flooder.kill()
    flooder.communicate()
    if min(during) < 0:
        wrong.append("a user was refused because of another user's connections")
    return (f"status beside 500 connections of another user: median {statistics.median(during):.1f} ms, "
            f"worst {max(during):.1f} ms (alone {statistics.median(alone):.1f} ms)")


def hand_over(pidd, times):
    """How soon the next client has the scanner after a holder has hung up while it waited for its finger; in words."""
    pidd.finger.is_there.clear()
    gaps = []
    for _ in range(times):
        watcher = connect(pidd.path)
        watcher.sendall(b"GET /v1/events HTTP/1.0\r\n\r\n")
        lines = watcher.makefile("rb")

        def until(*words, lines=lines):
            next(line for line in lines if all(word in line for word in words))

        def begin(name):
            connection = connect(pidd.path)
            head = f"POST /v1/captures HTTP/1.1\r\nPidd-Request-Id: {name}\r\nPrefer: wait=30\r\n\r\n"
            connection.sendall(head.encode())
            return connection

        until(b'"hello"')
        holder = begin("holder")
        until(b'"put-finger"')
        following = begin("following")
        until(b'"queue"', b'"following"')
        began = time.monotonic()
        holder.close()
        until(b'"granted"', b'"following"')
        gaps.append((time.monotonic() - began) * 1000)
        following.close()
        watcher.close()
        pidd.settle(0)
    pidd.finger.is_there.set()
    return f"hand-over after a hang-up: median {statistics.median(gaps):.1f} ms, worst {max(gaps):.1f} ms"
