"""Runs a program whose standard error is a terminal, and copies what comes there to this program's own standard error.

usage: terminal.py COLUMNS PROGRAM ARGUMENT...

With the variable TERMINAL_STOPPED set the terminal takes nothing, as after Ctrl-S.
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

master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
attributes = termios.tcgetattr(slave)
attributes[1] &= ~termios.OPOST  # bytes arrive as they were written
termios.tcsetattr(slave, termios.TCSANOW, attributes)
if os.environ.get("TERMINAL_STOPPED"):
    termios.tcflow(slave, termios.TCOOFF)
# The terminal stays stopped only while somebody has it open here.
program = subprocess.Popen(sys.argv[2:], stderr=slave)
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
