"""Headless Chromium, driven by its DevTools protocol: one page, what it shows and what it complains of."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request

import websocket

PROGRAMS = ["chromium", "chromium-browser", "google-chrome"]
# As root in a container there is no sandbox to be had, little shared memory and no graphics card.
OPTIONS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0",
    "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-sync", "--mute-audio",
    "--force-color-profile=srgb", "--hide-scrollbars", "--lang=en-GB", "--remote-allow-origins=*",
]
START_SECONDS = 40
WAIT_SECONDS = 20

# Characters that are typed as keys of their own.
KEYS = {
    "Tab": ("Tab", 9), "Enter": ("Enter", 13), "Escape": ("Escape", 27), "ArrowDown": ("ArrowDown", 40),
    "ArrowUp": ("ArrowUp", 38), "ArrowLeft": ("ArrowLeft", 37), "ArrowRight": ("ArrowRight", 39),
}


class PageError(Exception):
    """What a page was to show and did not."""


class Browser:
    """A browser with one page. `with Browser() as page:` ends it after."""

    def __init__(self, trusted_keys=(), options=()):
        """`trusted_keys`: certificates' keys to trust, as base64 of their SHA-256."""
        program = next((path for path in map(shutil.which, PROGRAMS) if path), None)
        if not program:
            raise PageError("no chromium on the PATH: Scripts/install-dependencies.sh installs it")
        self.folder = tempfile.mkdtemp(prefix="berth-browser-")
        more = list(options)
        if trusted_keys:
            more.append("--ignore-certificate-errors-spki-list=" + ",".join(trusted_keys))
        self.process = subprocess.Popen(
            [program, *OPTIONS, *more, f"--user-data-dir={self.folder}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.complaints = []
        self.requests = []
        self.last_id = 0
        self.socket = None
        try:
            self.connect()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def connect(self):
        port = None
        while port is None:
            line = self.process.stderr.readline()
            if not line:
                raise PageError("chromium ended at its start")
            if "DevTools listening on" in line:
                port = line.split("ws://")[1].split("/")[0].rsplit(":", 1)[1]
        # Nobody reads what it says later: the pipe must not fill.
        import threading
        threading.Thread(target=lambda: [None for _ in self.process.stderr], daemon=True).start()
        deadline = time.monotonic() + START_SECONDS
        while True:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=START_SECONDS) as answer:
                pages = [page for page in json.load(answer) if page["type"] == "page"]
            if pages:
                break
            if time.monotonic() > deadline:
                raise PageError("chromium opened no page")
            time.sleep(0.05)
        self.socket = websocket.create_connection(pages[0]["webSocketDebuggerUrl"], timeout=60, max_size=None)
        for domain in ["Page", "Runtime", "Log", "Network", "Audits"]:
            self.command(f"{domain}.enable")

    def close(self):
        if self.socket:
            self.socket.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # The protocol

    def command(self, method, **parameters):
        self.last_id += 1
        mine = self.last_id
        self.socket.send(json.dumps({"id": mine, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == mine:
                if "error" in message:
                    raise PageError(f"{method}: {message['error']['message']}")
                return message["result"]
            self.note(message)

    def listen(self, seconds=0.0):
        """Takes what the browser tells meanwhile."""
        self.socket.settimeout(max(seconds, 0.01))
        try:
            while True:
                self.note(json.loads(self.socket.recv()))
        except websocket.WebSocketTimeoutException:
            pass
        finally:
            self.socket.settimeout(60)

    def note(self, message):
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            words = " ".join(str(part.get("value", part.get("description", ""))) for part in parameters["args"])
            self.complaints.append(f"console.{parameters['type']}: {words}")
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append("exception: " + details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            entry = parameters["entry"]
            self.complaints.append(f"{entry['source']} {entry['level']}: {entry['text']} {entry.get('url', '')}")
        elif method == "Audits.issueAdded":
            if parameters["issue"]["code"] == "ContentSecurityPolicyIssue":
                self.complaints.append(f"content security policy: {json.dumps(parameters['issue']['details'])}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    # The page

    def open(self, url):
        self.command("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'", "the page to load")

    def evaluate(self, expression):
        """The value of an expression, or of what a promise brings."""
        answer = self.command("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise PageError(f"{expression}: {details.get('exception', {}).get('description', details['text'])}")
        return answer["result"].get("value")

    def wait(self, condition, what, seconds=WAIT_SECONDS):
        """Waits until an expression is truthy."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if self.evaluate(f"Boolean({condition})"):
                    return
            except PageError:
                pass  # Between two pages there is nothing to ask.
            if time.monotonic() > deadline:
                raise PageError(f"waited {seconds} s for {what}; the page shows:\n{self.text()}")
            time.sleep(0.05)

    def text(self):
        try:
            return self.evaluate("document.body?.innerText ?? ''")
        except PageError:
            return ""

    def wait_for_text(self, words, within="body", seconds=WAIT_SECONDS):
        self.wait(
            f"document.querySelector({json.dumps(within)})?.innerText.includes({json.dumps(words)})",
            f"{words!r} in {within}", seconds)

    def wait_for(self, selector, seconds=WAIT_SECONDS):
        self.wait(f"Boolean(document.querySelector({json.dumps(selector)}))", selector, seconds)

    def click(self, selector, text=None):
        """Clicks, as a person would with a mouse, the first element that is seen and has the text."""
        find = (
            f"[...document.querySelectorAll({json.dumps(selector)})].find((element) => element.checkVisibility()"
            + (f" && element.textContent.includes({json.dumps(text)})" if text else "") + ")")
        self.wait(f"Boolean({find})", f"{selector} {text or ''} to click")
        spot = self.evaluate(
            f"(() => {{ const element = {find}; element.scrollIntoView({{ block: 'center', behavior: 'instant' }});"
            " const box = element.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()")
        for kind in ["mousePressed", "mouseReleased"]:
            self.command("Input.dispatchMouseEvent", type=kind, x=spot[0], y=spot[1], button="left", clickCount=1)

    def type(self, selector, text):
        """Replaces what is in a field, as typed."""
        self.wait_for(selector)
        self.evaluate(f"(() => {{ const field = document.querySelector({json.dumps(selector)}); field.focus(); field.select?.(); }})()")
        self.command("Input.insertText", text=text)

    def choose(self, selector, value):
        self.wait_for(selector)
        self.evaluate(
            f"(() => {{ const field = document.querySelector({json.dumps(selector)}); field.value = {json.dumps(value)};"
            " field.dispatchEvent(new Event('change', { bubbles: true })); field.dispatchEvent(new Event('input', { bubbles: true })); })()")

    def press(self, key, shift=False):
        name, code = KEYS[key] if key in KEYS else (key, ord(key.upper()))
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        common = dict(key=name, code=name, windowsVirtualKeyCode=code, modifiers=8 if shift else 0)
        self.command("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
        self.command("Input.dispatchKeyEvent", type="keyUp", **common)

    def size(self, width, height, scale=1, is_phone=False):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=is_phone)

    def scheme(self, scheme, reduced_motion=False):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        if reduced_motion:
            features.append({"name": "prefers-reduced-motion", "value": "reduce"})
        self.command("Emulation.setEmulatedMedia", features=features)

    def screenshot(self, path, kind="png", quality=None):
        more = {"quality": quality} if quality else {}
        data = self.command("Page.captureScreenshot", format=kind, **more)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
