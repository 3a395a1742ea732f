"""Visits a jQuery page of both families: browse_jquery.py PORTAL_PORT DOOR_PORT. Prints a line of JSON with what they found."""
import json
import sys

from portal import serve
from webdriver import Browser


def main(portal, door):
    serve(portal)
    with Browser() as browser:
        browser.open(f"http://localhost:{portal}/jquery")
        seen = browser.run("""
            const door = 'http://127.0.0.1:' + arguments[0];
            const seen = {};
            for (const name in families) seen[name] = await families[name](door);
            for (const name in captures) seen[name + 'Capture'] = await captures[name](door + '/rd/capture');
            return seen;""", door)
    print(json.dumps(seen), flush=True)


main(*map(int, sys.argv[1:]))
