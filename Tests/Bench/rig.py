"""What is measured, running: pidd with a simulated finger, its peers, and a folder that goes away with all of them."""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import wire

BIN = os.environ.get("PIDD_BIN", ".build/package/release")
TOOLS = ".build/bench"


class Unmeasured(Exception):
    """Why something could not be measured."""


class Workshop:
    """A folder and the processes that work in it; leaving it ends them all, also after Ctrl-C."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="pidd-bench-")
        os.chmod(self.folder, 0o711)
        self.processes = []
        return self

    def __exit__(self, *_):
        signals = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
        for process in reversed(self.processes):
            self.stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)
        for number, handler in signals.items():
            signal.signal(number, handler)

    def path(self, name):
        return f"{self.folder}/{name}"

    def write(self, name, content, mode=0o644):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(self.path(name), mode)
        return self.path(name)

    def start(self, name, command, environment=None, **more):
        """Starts a program in a group of its own; what it says goes into a file."""
        with open(self.path(f"{name}.log"), "ab") as log:
            process = subprocess.Popen(
                command, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **more)
        self.processes.append(process)
        return process

    def stop(self, process):
        """Ends a program and whatever it started."""
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        if process in self.processes:
            self.processes.remove(process)

    def run(self, command, **more):
        made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
        if made.returncode != 0:
            raise Unmeasured(f"{os.path.basename(command[0])} ended with {made.returncode}: {made.stderr.strip()[-300:]}")
        return made.stdout

    def wait(self, what, condition, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if condition():
                    return
            except (OSError, EOFError):
                pass
            time.sleep(0.02)
        logs = [open(self.path(name), errors="replace").read()[-300:] for name in os.listdir(self.folder) if name.endswith(".log")]
        raise Unmeasured(f"{what} did not come: {' '.join(logs)}")

    def state(self):
        """The state folder of a test identity, made once."""
        if not os.path.exists(self.path("state")):
            self.run([f"{BIN}/pidd", "provision", "--test", "--state", self.path("state"), "--stand-in", self.path("uidai")])
        return self.path("state")

    def pidd(self, scanner="virtual", more=()):
        return Pidd(self, scanner, more)


class Pidd:
    """A daemon with a scanner: `virtual`, words for `pidd-simulate run`, or None."""

    def __init__(self, workshop, scanner, more=()):
        self.workshop = workshop
        self.socket, self.glass = workshop.path("pidd.sock"), workshop.path("glass")
        for old in (self.socket, self.glass):
            if os.path.exists(old):
                os.unlink(old)
        config = workshop.write("pidd.conf", "[server]\nmode = 0666\n[access]\ncapture = *\n")
        command = [
            f"{BIN}/pidd", "serve", "--config", config, "--socket", self.socket, "--state", workshop.state(), *more]
        environment = {}
        if scanner == "virtual":
            command.append("--allow-virtual-scanner")
            environment = {"FP_VIRTUAL_IMAGE": self.glass, "FP_DRIVERS_WHITELIST": "virtual_image"}
        elif scanner:
            command = [f"{BIN}/pidd-simulate", "run", *scanner, "--", *command]
        self.process = workshop.start("pidd", command, environment)
        wanted = b'status="READY"' if scanner else b"<RDService"
        workshop.wait("pidd", lambda: wanted in self.ask("RDSERVICE", "/")[1])

    def ask(self, method, target, headers=(), body=b""):
        return wire.ask(self.socket, method, target, headers, body)

    def status(self):
        return json.loads(self.ask("GET", "/v1/status")[1])

    def settle(self):
        """Waits until nobody has the scanner or waits for it."""

        def free():
            desk = self.status()["desk"]
            return desk["state"] == "free" and not desk["waiting"]

        self.workshop.wait("a free scanner", free)

    def stop(self):
        self.workshop.stop(self.process)


class Finger:
    """A finger for libfprint's virtual scanner."""

    def __init__(self, pidd):
        self.pidd = pidd
        picture = pidd.workshop.path("finger.pgm")
        if not os.path.exists(picture):
            pidd.workshop.run([f"{BIN}/pidd-simulate", "print", "--finger", "7", "--output", picture])
        with open(picture, "rb") as file:
            _, size, _, pixels = file.read().split(b"\n", 3)
        self.image = struct.pack("=ii", *map(int, size.split())) + pixels
        self.sensor = wire.connect(pidd.glass)

    def show(self):
        """Puts the picture on the glass."""
        self.sensor.sendall(self.image)

    def order(self, number, value):
        self.sensor.sendall(struct.pack("=ii", number, value))

    def automatic(self, on):
        """Whether the finger comes and goes with each picture."""
        self.order(-3, int(on))

    def present(self, on):
        self.order(-4, int(on))

    def touch_when_asked(self, delay=0.0):
        """From now on touches the glass some time after each time that a finger is asked for; in a thread of its own."""
        events = Events(self.pidd.socket)

        def feed():
            try:
                for event in events:
                    if event["event"] == "put-finger":
                        time.sleep(delay)
                        self.show()
            except (OSError, EOFError):
                pass

        threading.Thread(target=feed, daemon=True).start()


class Events:
    """What pidd tells of its scanner, one event after the other."""

    def __init__(self, path):
        self.connection = wire.connect(path)
        self.connection.sendall(b"GET /v1/events HTTP/1.0\r\n\r\n")
        self.connection.settimeout(None)
        self.lines = self.connection.makefile("rb")
        next(event for event in self if event["event"] == "hello")

    def __iter__(self):
        for line in self.lines:
            if line.startswith(b"{"):
                yield json.loads(line)

    def until(self, name, request=None):
        """The next event of a name, of a request if one is given."""
        return next(
            event for event in self
            if event["event"] == name and (request is None or request in json.dumps(event)))

    def close(self):
        # The file made of the connection keeps it open as well.
        self.lines.close()
        self.connection.close()


def listener(path):
    """A listening socket for a program to inherit."""
    if os.path.exists(path):
        os.unlink(path)
    made = socket.socket(socket.AF_UNIX)
    made.bind(path)
    made.listen(64)
    return made


def users(count):
    """Users for that many connections, eight each, which is what pidd allows one user; only one user without root."""
    if os.geteuid() != 0:
        return [None] * min(count, 6)
    return [1231 + number // 8 for number in range(count)]


def pin(workshop, cores):
    """Lets all programs of a workshop run on these cores only, their children and threads of now included."""
    programs = [process.pid for process in workshop.processes]
    while programs:
        program = programs.pop()
        for thread in os.listdir(f"/proc/{program}/task"):
            os.sched_setaffinity(int(thread), cores)
            with open(f"/proc/{program}/task/{thread}/children", encoding="ascii") as file:
                programs += [int(child) for child in file.read().split()]


def asked(workshop, question, seconds, connections, interval=0, cores=None):
    """Asks on open connections, or on new ones to a path; returns the times of the answers in nanoseconds."""
    file = workshop.write("question", question)
    if isinstance(connections, str):
        where, fds = [connections], []
    else:
        fds = [connection.fileno() for connection in connections]
        where = [str(fd) for fd in fds]
        for connection in connections:
            connection.setblocking(True)
    here = ["taskset", "--cpu-list", ",".join(map(str, cores))] if cores else []
    told = workshop.run(
        [*here, f"{TOOLS}/asker", file, str(seconds), str(interval), *where], pass_fds=fds, timeout=seconds + 30)
    times = [int(line) for line in told.split()]
    if not times:
        raise Unmeasured("nothing was answered")
    return times


def nginx(workshop, body):
    """nginx with one worker, answering `body` to everything; returns the path of its socket."""
    path = workshop.path("nginx.sock")
    config = workshop.write("nginx.conf", f"""
daemon off; worker_processes 1; pid {workshop.path('nginx.pid')}; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_time 24h; default_type text/xml;
    client_body_temp_path {workshop.path('body')}; proxy_temp_path {workshop.path('proxy')}; fastcgi_temp_path {workshop.path('fastcgi')};
    uwsgi_temp_path {workshop.path('uwsgi')}; scgi_temp_path {workshop.path('scgi')};
    server {{ listen unix:{path}; location / {{ return 200 '{body}'; }} }}
}}
""")
    workshop.start("nginx", ["/usr/sbin/nginx", "-p", workshop.folder, "-c", config])
    workshop.wait("nginx", lambda: wire.ask(path, "GET", "/")[0] == 200)
    return path


def fprintd(workshop):
    """fprintd with libfprint's virtual device on a message bus of its own; returns the path of the bus."""
    path = workshop.path("bus")
    config = workshop.write("bus.conf", f"""<busconfig>
<listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>""")
    workshop.start("bus", ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"])
    workshop.wait("the bus", lambda: wire.connect(path).close() is None)
    workshop.start("fprintd", ["/usr/libexec/fprintd", "--no-timeout"], {
        "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={path}", "FP_VIRTUAL_DEVICE": workshop.path("fprintd.sock"),
        "FP_DRIVERS_WHITELIST": "virtual_device"})

    def has_device():
        connection = wire.bus_connection(path)
        connection.sendall(wire.bus_call(
            2, "net.reactivated.Fprint", "/net/reactivated/Fprint/Manager", "net.reactivated.Fprint.Manager", "GetDevices"))
        connection.settimeout(2)
        found = b"/Device/0" in wire.received(connection)
        connection.close()
        return found

    workshop.wait("fprintd", has_device)
    return path
