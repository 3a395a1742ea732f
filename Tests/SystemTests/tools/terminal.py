"""Runs a program whose standard error is a terminal, and copies what comes there to this program's own standard error.

usage: terminal.py COLUMNS PROGRAM ARGUMENT...

With the variable TERMINAL_STOPPED set the terminal takes nothing, as after Ctrl-S. With TERMINAL_INPUT set it is the program's standard
input too, on which the lines of this program's own standard input are typed.
Signals go on to the program; the exit status is the program's, or 128 and the number of its signal.
"""
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading

master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
attributes = termios.tcgetattr(slave)
attributes[1] &= ~termios.OPOST  # bytes arrive as they were written
termios.tcsetattr(slave, termios.TCSANOW, attributes)
if os.environ.get("TERMINAL_STOPPED"):
    termios.tcflow(slave, termios.TCOOFF)
# The terminal stays stopped only while somebody has it open here.
typed = bool(os.environ.get("TERMINAL_INPUT"))
program = subprocess.Popen(sys.argv[2:], stdin=slave if typed else None, stderr=slave)


def type_lines():
    while data := os.read(0, 4096):
        os.write(master, data)


if typed:
    threading.Thread(target=type_lines, daemon=True).start()
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: program.send_signal(number))
if not os.environ.get("TERMINAL_STOPPED"):
    os.close(slave)
while not os.environ.get("TERMINAL_STOPPED"):
    try:
        data = os.read(master, 65536)
    except OSError:  # the other end is closed
        break
    if not data:
        break
    os.write(2, data)
status = program.wait()
sys.exit(status if status >= 0 else 128 - status)
