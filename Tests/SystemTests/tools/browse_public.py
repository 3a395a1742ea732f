"""Visits the listed portal as if it were a public web site: browse_public.py PORTAL_PORT DOOR_PORT.

Prints a line of JSON: the browser's permission for the loopback network, and the status of each verb (0 for no answer).
"""
import json
import sys

from portal import serve
from webdriver import Browser


def main(portal, door):
    serve(portal)
    with Browser(f"--ip-address-space-overrides=127.0.0.1:{portal}=public") as browser:
        browser.open(f"http://localhost:{portal}/")
        seen = browser.run("""
            const door = 'http://127.0.0.1:' + arguments[0];
            const statuses = [];
            for (const [method, path] of [['RDSERVICE', '/'], ['DEVICEINFO', '/rd/info'], ['CAPTURE', '/rd/capture']])
                statuses.push((await call(method, door + path, method === 'CAPTURE' ? { body: options } : {})).status);
            return { state: (await navigator.permissions.query({ name: 'loopback-network' })).state, statuses };""", door)
    print(json.dumps(seen), flush=True)


main(*map(int, sys.argv[1:]))
