"""Does for a daemon what systemd does: keeps its socket, starts it when somebody connects, hears what it tells.

usage: service_manager.py FOLDER WATCHDOG-SECONDS program [argument...]

The socket is FOLDER/pidd.sock. Prints a line when it listens, for each start, each message and each end. SIGTERM ends both.
"""
import os
import select
import signal
import socket
import sys

folder, watchdog, command = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(f"{folder}/pidd.sock")
listener.listen(128)
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(f"{folder}/notify")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def become():
    """In the child: the listening socket is descriptor 3, and the variables name this process."""
    os.dup2(listener.fileno(), 3)
    os.set_inheritable(3, True)  # it may have been 3 all along
    os.environ |= {
        "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "unix",
        "NOTIFY_SOCKET": f"{folder}/notify", "WATCHDOG_USEC": str(int(watchdog * 1e6)), "WATCHDOG_PID": str(os.getpid())}
    os.execvp(command[0], command)


print("listening", flush=True)
while True:
    select.select([listener], [], [])
    process = os.fork()
    if process == 0:
        become()
    print("started", flush=True)
    end = os.pidfd_open(process)
    try:
        while True:
            readable = select.select([notify, end], [], [])[0]
            while notify in readable:
                try:
                    print(notify.recv(4096, socket.MSG_DONTWAIT).decode(), flush=True)
                except BlockingIOError:
                    break
            if end in readable:
                print("ended", os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
                break
    except SystemExit:
        os.kill(process, signal.SIGTERM)
        raise
    finally:
        os.close(end)
