"""The part of the soak at a bench of USB ports (umockdev): a scanner that comes and goes under a pidd that stays."""
import os
import subprocess

from crowd_client import capture
from rig import PROJECT, ask, connect


class Bench:
    """pidd around which `usb_bench.py` plugs scanners in and out."""

    def __init__(self, pidd):
        self.pidd = pidd
        self.recording = f"{pidd.folder}/scanner"
        subprocess.run([f"{pidd.programs}/pidd-simulate", "scanner", "nb1010", "--finger", "7", "-o", self.recording],
                       check=True, stdout=subprocess.DEVNULL)
        tool = f"{PROJECT}/Tests/SystemTests/tools/usb_bench.py"
        self.process = subprocess.Popen(
            ["umockdev-wrapper", "/usr/bin/python3", tool, *pidd.words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**os.environ, "BENCH_ERRORS": f"{pidd.folder}/journal", "TMPDIR": "/tmp"})
        self.tell("start")
        pidd.wait_for(lambda: os.path.exists(pidd.path), "socket")
        # The bench is Python under umockdev's wrapper; the only child of the former is pidd.
        pidd.pid = self.child_of(self.process.pid)

    def child_of(self, pid):
        """The pidd among all that a process has started."""
        with open(f"/proc/{pid}/comm") as name:
            if name.read().strip() == "pidd":
                return pid
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            found = (self.child_of(int(child)) for child in children.read().split())
            return next((pid for pid in found if pid), None)

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        while True:
            line = self.process.stdout.readline()
            if line.startswith("bench done") or not line:
                return
            if line.startswith("bench "):
                raise RuntimeError(line.strip())

    def is_ready(self):
        connection = connect(self.pidd.path)
        try:
            return b'status="READY"' in ask(connection, "RDSERVICE", "/")[2]
        finally:
            connection.close()

    def cycles(self, numbers, wrong):
        """Plugs and pulls: each tenth time after a capture, each fourth one late enough to be opened, others on the way there."""
        for number in numbers:
            self.tell(f"plug {self.recording} 7")
            if number % 10 == 0:
                self.pidd.wait_for(self.is_ready, "scanner after replugging")
                outcome, fault, _ = capture(self.pidd.path, f"replug-{number}", 30, number % 20 == 0)
                if fault or outcome != "captured":
                    wrong.append(fault or f"replug-{number}: {outcome}")
            else:
                self.tell(f"wait {0.5 if number % 4 == 0 else number % 7 * 0.03}")
            self.tell("unplug 7")

    def load(self):
        """What pidd uses with the scanner plugged in and open."""
        self.tell(f"plug {self.recording} 7")
        self.pidd.wait_for(self.is_ready, "scanner before measuring")
        self.pidd.settle()
        load = self.pidd.load()
        self.tell("unplug 7")
        return load

    def end(self):
        self.tell("stop")
        self.process.stdin.close()
        rest = self.process.stdout.read()
        self.process.wait(timeout=60)
        return "bench ended 0" in rest
