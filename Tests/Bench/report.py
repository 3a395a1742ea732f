"""Tables of measurements: medians, ratios, goals and the facts of the machine, in Markdown."""

import os
import statistics
import subprocess
from datetime import datetime, timezone

HEADER = "| measured | pidd | beside it | | goal | |\n|---|---|---|---|---|---|"


class Table:
    """What one item found: rows of a Markdown table, and remarks below it."""

    def __init__(self, title, about):
        self.title, self.about = title, about
        self.rows, self.remarks = [], []

    def row(self, measured, pidd, beside="", ratio="", goal="", met=None, why=""):
        """Adds a row; `why` is what is known of the reason for a goal that is missed."""
        verdict = "" if met is None else "met" if met else "**missed**"
        if met is False and why and why not in self.remarks:
            self.remarks.append(why)
        self.rows.append(f"| {measured} | {pidd} | {beside} | {ratio} | {goal} | {verdict} |")

    def remark(self, text):
        self.remarks.append(text)

    def text(self):
        parts = [f"## {self.title}", self.about]
        if self.rows:
            parts.append("\n".join([HEADER] + self.rows))
        return "\n\n".join(parts + self.remarks) + "\n"


def median(values):
    return statistics.median(values)


def percentile(values, share):
    """The smallest value that at least this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * share // 100) - 1))]


def median_ratio(ours, theirs):
    """The median of the ratios round by round, so that what disturbs a round disturbs both."""
    return statistics.median(a / b for a, b in zip(ours, theirs))


def microseconds(nanoseconds):
    return f"{nanoseconds / 1e3:.1f} µs"


def milliseconds(nanoseconds):
    return f"{nanoseconds / 1e6:.{1 if nanoseconds >= 1e7 else 2}f} ms"


def output(*command):
    try:
        made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return made.stdout.strip() if made.returncode == 0 else ""


def machine():
    """The facts that a figure means nothing without."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        processor = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) / 1024 / 1024
    packages = ["libfprint-2-2", "libssl3", "libopenjp2-7", "nginx", "fprintd", "dbus-daemon", "curl", "python3-requests"]
    versions = [f"{name} {output('dpkg-query', '-W', '-f', '${Version}', name) or 'missing'}" for name in packages]
    commit = output("git", "rev-parse", "--short", "HEAD") or "unknown"
    changed = " with changes" if output("git", "status", "--porcelain", "--untracked-files=no") else ""
    system = next((line.split("=", 1)[1].strip('"\n') for line in open("/etc/os-release") if line.startswith("PRETTY_NAME=")), "")
    swift = next((word for word in output("swift", "--version").split() if word[:1].isdigit()), "unknown")
    return [
        ("date", datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("commit", commit + changed),
        ("processor", f"{processor}, {os.cpu_count()} cores, {memory:.1f} GiB"),
        ("load before", f"{os.getloadavg()[0]:.2f}"),
        ("system", f"{system}, Linux {os.uname().release}"),
        ("build", f"release, Swift {swift}, its libraries linked in"),
        ("versions", ", ".join(versions)),
    ]
