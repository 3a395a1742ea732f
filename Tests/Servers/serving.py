"""How the servers of the tests run: a thread for each connection, until standard input closes."""
import os
import sys
import threading


def run(listener, serve, ready):
    """Prints `ready` when it accepts connections, each of which is given to `serve`; never returns."""

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    print(ready, flush=True)
    sys.stdin.read()
    os._exit(0)
