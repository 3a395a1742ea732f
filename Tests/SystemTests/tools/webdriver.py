"""Drives headless Chromium through chromedriver's JSON interface (W3C WebDriver), with nothing but the standard library."""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

DEADLINE = 60  # seconds that anything may take on a loaded machine


class Browser:
    """A browser with a profile of its own; use it with `with`."""

    def __init__(self, *switches, width=1120, height=1000):
        self.folder = tempfile.mkdtemp(prefix="browser-")
        environment = dict(os.environ, HOME=self.folder, XDG_CONFIG_HOME=self.folder, XDG_CACHE_HOME=self.folder)
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        self.session = None
        try:
            self.base = f"http://127.0.0.1:{self._port()}"
            options = {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
                    f"--window-size={width},{height}", f"--user-data-dir={self.folder}/profile", "--lang=en", *switches,
                ]
            }
            wanted = {
                "capabilities": {
                    "alwaysMatch": {
                        "browserName": "chrome", "goog:chromeOptions": options,
                        "goog:loggingPrefs": {"browser": "ALL"},
                        "timeouts": {"script": DEADLINE * 1000, "pageLoad": DEADLINE * 1000},
                    }
                }
            }
            self.session = self._call("POST", "/session", wanted)["sessionId"]
        except BaseException:
            self.close()
            raise

    def _port(self):
        for line in self.driver.stdout:
            if "successfully on port" in line:
                return int(line.rstrip().rstrip(".").rsplit(" ", 1)[1])
        raise RuntimeError("chromedriver did not start")

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def _ask(self, method, path, body=None):
        return self._call(method, f"/session/{self.session}{path}", body)

    def open(self, url):
        self._ask("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """The value of a script, which may be a promise."""
        return self._ask("POST", "/execute/sync", {"script": f"return (async () => {{ {script} }})()", "args": arguments})

    def wait(self, what, script, *arguments):
        """Waits until a script gives something true, and gives it back."""
        end = time.monotonic() + DEADLINE
        while True:
            value = self.run(script, *arguments)
            if value:
                return value
            if time.monotonic() > end:
                raise RuntimeError(f"{what}: not in {DEADLINE} s; the page says: "
                                   + self.run("return document.body.innerText")[:2000])
            time.sleep(0.05)

    def keys(self, *keys):
        """Presses keys one after the other, as a person at the keyboard would."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def click(self, selector):
        element = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        self._ask("POST", f"/element/{next(iter(element.values()))}/click", {})

    def console(self):
        """What the browser's console has got since the last question."""
        return [entry["message"] for entry in self._ask("POST", "/se/log", {"type": "browser"})]

    def picture(self, path):
        """Writes what the window shows, whole, to a PNG file."""
        height = self.run("return document.documentElement.scrollHeight")
        self._ask("POST", "/goog/cdp/execute", {
            "cmd": "Emulation.setDeviceMetricsOverride",
            "params": {"width": 1120, "height": max(400, height), "deviceScaleFactor": 1, "mobile": False}})
        with open(path, "wb") as file:
            file.write(base64.b64decode(self._ask("GET", "/screenshot")))

    def close(self):
        if self.session:
            try:
                self._ask("DELETE", "")
            except (OSError, RuntimeError):
                pass
            self.session = None
        self.driver.terminate()
        try:
            self.driver.wait(10)
        except subprocess.TimeoutExpired:
            self.driver.kill()
            self.driver.wait()
        self.driver.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
