"""Visits portals that use the loopback door: browse_portal.py PORTAL_PORT FIRST_PORT DOOR_PORT.

The portal at http://localhost is listed, the one at http://127.0.0.1 is not. Prints `finger` when one is asked for, and at
the end a line of JSON with what the pages got.
"""
import json
import sys

from portal import CALLS, serve
from webdriver import Browser

# A page without an origin (`null`) inside of the listed portal.
SANDBOX = """
const frame = document.createElement('iframe');
frame.sandbox = 'allow-scripts';
frame.srcdoc = '<script>' + arguments[0] + `
  (async () => {
    const answers = [];
    for (const [method, path] of [['RDSERVICE', '/'], ['DEVICEINFO', '/rd/info'], ['CAPTURE', '/rd/capture'], ['POST', '/rd/capture']])
      answers.push((await call(method, 'http://127.0.0.1:${arguments[1]}' + path, method === 'RDSERVICE' ? {} : { body: options })).status);
    parent.postMessage(answers, '*');
  })()</` + 'script>';
const answers = new Promise((resolve) => addEventListener('message', (event) => resolve(event.data), { once: true }));
document.body.append(frame);
return await answers;
"""

# What needs no preflight: a form, and a request whose answer would stay hidden.
SIMPLE = """
const door = 'http://127.0.0.1:' + arguments[0] + '/rd/capture';
const hidden = await fetch(door, { method: 'POST', mode: 'no-cors', body: options }).then((answer) => answer.type, () => 'refused');
const form = document.createElement('form');
Object.assign(form, { method: 'post', action: door, enctype: 'text/plain', target: 'inside' });
const field = document.createElement('input');
Object.assign(field, { name: '<PidOptions ver', value: '"1.0"><Opts fCount="1" pidVer="2.0"/></PidOptions>' });
form.append(field);
const frame = document.createElement('iframe');
frame.name = 'inside';
document.body.append(frame, form);
const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
form.submit();
await loaded;
return hidden;
"""

VERBS = """
const door = 'http://127.0.0.1:' + arguments[0];
return [await call('RDSERVICE', door + '/'), await call('DEVICEINFO', door + '/rd/info?ts=1'),
  await call('CAPTURE', door + '/rd/capture', { body: '<PidOptions' }), await call('POST', door + '/rd/capture', { body: '<PidOptions' })];
"""


def main(portal, first, door):
    seen = {}
    serve(portal)
    with Browser("--host-resolver-rules=MAP rebound.example 127.0.0.1") as browser:
        browser.open(f"http://localhost:{portal}/")
        seen["listed"] = browser.run(VERBS, door)
        seen["probes"] = browser.run("return await probe(arguments[0])", first)
        seen["sandboxed"] = browser.run(SANDBOX, CALLS, door)
        # A capture that waits for its finger, while the portal looks for services again.
        browser.run("window.capture = call('CAPTURE', `http://localhost:${arguments[0]}/capture`, { body: options })", door)
        browser.wait("the capture", "return (await call('RDSERVICE', `http://127.0.0.1:${arguments[0]}/`)).text.includes('USED')", door)
        seen["probesDuringCapture"] = browser.run("return await probe(arguments[0])", first)
        seen["second"] = browser.run(
            "return await call('CAPTURE', `http://127.0.0.1:${arguments[0]}/rd/capture`, { body: options })", door)
        print("finger", flush=True)
        seen["captured"] = browser.run("return await window.capture")

        browser.open(f"http://127.0.0.1:{portal}/")
        seen["unlisted"] = browser.run(VERBS, door)
        seen["hidden"] = browser.run(SIMPLE, door)

        browser.open(f"http://rebound.example:{door}/")
        seen["rebound"] = browser.run("return document.body.innerText")
        seen["reboundCapture"] = browser.run(
            "return (await fetch('/rd/capture', { method: 'CAPTURE', body: '<PidOptions/>' })).status")
    print(json.dumps(seen), flush=True)


main(*map(int, sys.argv[1:]))
