# Runs pidd under a pseudo-terminal, lets it capture once, and types Ctrl-C: ctrl_c.py SOCKET COMMAND...
# Prints what the terminal showed and ends with the status of the command.
import os
import pty
import subprocess
import sys
import threading
import time

OPTIONS = '<PidOptions ver="1.0"><Opts fCount="1" fType="0" format="0" pidVer="2.0" timeout="10000"/></PidOptions>'


def ask(*words):
    call = ["curl", "-s", "--max-time", "20", "--unix-socket", sys.argv[1], *words]
    return subprocess.run(call, capture_output=True, text=True).stdout


child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])

shown = []


def show():
    try:
        while piece := os.read(terminal, 4096):
            shown.append(piece)
    except OSError:
        pass  # the last process of the terminal has gone


reader = threading.Thread(target=show, daemon=True)
reader.start()
deadline = time.monotonic() + 20
while 'status="READY"' not in ask("-X", "RDSERVICE", "http://localhost/"):
    if time.monotonic() > deadline:
        os.kill(child, 9)
        sys.exit("pidd is not ready: " + b"".join(shown).decode(errors="replace"))
    time.sleep(0.05)
answer = ask("-X", "CAPTURE", "http://localhost/rd/capture", "-d", OPTIONS)
os.write(terminal, b"\x03")
deadline = time.monotonic() + 10
ended, status = os.waitpid(child, os.WNOHANG)
while ended == 0 and time.monotonic() < deadline:
    time.sleep(0.02)
    ended, status = os.waitpid(child, os.WNOHANG)
if ended == 0:
    os.kill(child, 9)
    sys.exit("Ctrl-C did not end it: " + b"".join(shown).decode(errors="replace"))
reader.join(2)
print(b"".join(shown).decode(errors="replace"))
if 'errCode="0"' not in answer:
    sys.exit("no capture: " + answer)
sys.exit(os.waitstatus_to_exitcode(status))
