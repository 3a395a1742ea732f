"""What the parts of the soak share: a pidd of their own, a finger that comes when it is asked for, HTTP, and what a process uses."""
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PID_OPTIONS = (b'<PidOptions ver="1.0"><Opts fCount="1" fType="0" format="0" pidVer="2.0" timeout="20000"/></PidOptions>')
# Only root can be several users.
IS_ROOT = os.geteuid() == 0 and shutil.which("setpriv") is not None
USERS = [1231, 1232, 1233, 1234] if IS_ROOT else [os.geteuid()]


def connect(path, seconds=60):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(seconds)
    connection.connect(path)
    return connection


def answer(connection):
    """Reads one answer: status, headers, body."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise EOFError("closed without an answer")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    length = int(headers.get("content-length", 0))
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            raise EOFError("closed in the middle of an answer")
        body += more
    return int(lines[0].split()[1]), headers, body


def ask(connection, method, path, headers=(), body=b""):
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n" + "".join(f"{line}\r\n" for line in headers)
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return answer(connection)


def as_user(uid, command):
    prefix = ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups"] if IS_ROOT else []
    return subprocess.Popen(prefix + command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


class Pidd:
    """A pidd with a test identity in a folder: with libfprint's virtual scanner, or around a bench of USB ports."""

    def __init__(self, folder, programs):
        self.folder, self.programs = folder, programs
        self.path, self.glass = f"{folder}/pidd.sock", f"{folder}/glass"
        self.process = self.pid = None
        state = ["--state", f"{folder}/state"]
        subprocess.run([f"{programs}/pidd", "provision", "--test", *state, "--stand-in", f"{folder}/stand-in"],
                       check=True, stdout=subprocess.DEVNULL)
        with open(f"{folder}/pidd.conf", "w") as file:
            file.write("[server]\nmode = 0666\n")
        self.words = [f"{programs}/pidd", "serve", "--config", f"{folder}/pidd.conf", "--socket", self.path, *state]

    def start(self):
        """Starts it with a virtual scanner, and the finger for it."""
        with open(f"{self.folder}/journal", "w") as journal:
            self.process = subprocess.Popen(
                [*self.words, "--allow-virtual-scanner"], stderr=journal,
                env={**os.environ, "FP_VIRTUAL_IMAGE": self.glass, "FP_DRIVERS_WHITELIST": "virtual_image"})
        self.pid = self.process.pid
        self.wait_for(lambda: os.path.exists(self.path) and os.path.exists(self.glass), "socket and scanner")
        self.finger = Finger(self)

    def wait_for(self, condition, what, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"no {what} in {seconds} s")
            time.sleep(0.02)

    def load(self):
        """Open descriptors, and resident KiB."""
        with open(f"/proc/{self.pid}/status") as status:
            resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
        return len(os.listdir(f"/proc/{self.pid}/fd")), resident

    def settle(self, linger=1.5):
        """Waits until nobody waits, captures or lingers."""
        for _ in range(400):
            connection = connect(self.path)
            desk = json.loads(ask(connection, "GET", "/v1/status")[2])["desk"]
            connection.close()
            if desk["state"] == "free" and not desk["waiting"]:
                break
            time.sleep(0.05)
        time.sleep(linger)

    def stop(self):
        """Asks it to end; milliseconds that took, and its exit status."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=10)
        return (time.monotonic() - began) * 1000, status

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def last_words(self):
        with open(f"{self.folder}/journal") as journal:
            return "".join(journal.readlines()[-15:])


class Finger:
    """Comes onto the virtual scanner whenever it is asked for, unless told not to."""

    def __init__(self, pidd):
        picture = f"{pidd.folder}/finger.pgm"
        subprocess.run([f"{pidd.programs}/pidd-simulate", "print", "--finger", "7", "--output", picture],
                       check=True, stdout=subprocess.DEVNULL)
        with open(picture, "rb") as file:
            _, size, _, pixels = file.read().split(b"\n", 3)
        width, height = map(int, size.split())
        self.image = width.to_bytes(4, "little") + height.to_bytes(4, "little") + pixels
        self.is_there = threading.Event()
        self.is_there.set()
        self.sensor, self.events = connect(pidd.glass), connect(pidd.path)
        self.events.settimeout(None)
        self.events.sendall(b"GET /v1/events HTTP/1.0\r\n\r\n")
        threading.Thread(target=self.feed, daemon=True).start()

    def feed(self):
        try:
            for line in self.events.makefile("rb"):
                if self.is_there.is_set() and b'"event":"put-finger"' in line:
                    self.sensor.sendall(self.image)
        except OSError:
            pass  # the daemon has gone
