"""Walks through the page of the loopback door as a person at the keyboard would: browse_page.py URL FOLDER.

Prints `finger` when the page asks for one, and at the end a line of JSON with what it saw; the pictures go into FOLDER.
"""
import json
import sys

from webdriver import Browser

TAB, ENTER, ESCAPE = "\ue004", "\ue007", "\ue00c"


def words(browser, name):
    return browser.run("return document.getElementById(arguments[0]).innerText", name)


def main(url, folder):
    seen = {}
    with Browser() as browser:
        browser.open(url)
        browser.wait("the scanner is ready", "return document.getElementById('pill').dataset.state === 'ready'")
        browser.wait("the identity", "return document.getElementById('identity').innerText.includes('TEST.PIDD')")
        seen["idle"] = words(browser, "prompt")
        browser.picture(f"{folder}/page-idle.png")

        # The first stop of the keyboard jumps to the capture, and the next button starts it.
        browser.keys(TAB)
        seen["skips"] = browser.run("return document.activeElement.className")
        browser.keys(ENTER, TAB)
        seen["focused"] = browser.run("return document.activeElement.id")
        browser.keys(ENTER)
        browser.wait("the prompt", "return document.getElementById('glass').dataset.mood === 'finger'")
        seen["prompt"] = words(browser, "prompt")
        seen["stops"] = browser.run("return document.activeElement.id")
        browser.click("[data-language=hi]")
        seen["hindi"] = words(browser, "prompt")
        seen["language"] = browser.run("return document.documentElement.lang")
        browser.picture(f"{folder}/page-hindi.png")
        browser.click("[data-language=en]")
        print("finger", flush=True)
        browser.wait("the end", "return document.getElementById('glass').dataset.mood === 'done' && running === null")
        browser.wait("the answer", "return !document.getElementById('result').hidden")
        seen["end"] = words(browser, "prompt")
        seen["answer"] = words(browser, "answer")
        seen["quality"] = words(browser, "quality")
        browser.picture(f"{folder}/page-captured.png")

        # Escape gives up, and the next one can begin.
        browser.wait("the scanner is free", "return document.getElementById('pill').dataset.state === 'ready'")
        browser.run("document.getElementById('start').focus()")
        browser.keys(ENTER)
        browser.wait("the second prompt", "return ['finger', 'again'].includes(document.getElementById('glass').dataset.mood)")
        browser.keys(ESCAPE)
        browser.wait("the end of it", "return document.getElementById('prompt').innerText === 'Cancelled'")
        seen["log"] = words(browser, "log")
        seen["policy"] = browser.run(
            "try {"
            "  const script = document.createElement('script');"
            "  script.textContent = 'window.injected = true';"
            "  document.body.append(script);"
            "} catch { } return window.injected === true")
        # What the last step provoked is no fault of the page.
        seen["console"] = [line for line in browser.console() if "execute" not in line and "TrustedScript" not in line
                           and "script-src" not in line]
    print(json.dumps(seen), flush=True)


main(*sys.argv[1:])
