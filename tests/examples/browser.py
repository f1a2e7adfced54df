"""A headless Chromium, by its DevTools protocol."""

import base64
import json
import os
import subprocess
import time

PATIENCE = 60  # seconds
BROWSER = [
    "chromium",
    "--headless=new",
    "--no-sandbox",  # which root cannot have
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
    "--remote-debugging-port=0",  # where its developer tools are served
]
PICTURE = {"width": 1240, "height": 900, "deviceScaleFactor": 1, "mobile": False}


class Failure(Exception):
    pass


class Browser:
    """Chromium, by its DevTools protocol: each message ends with a NUL."""

    def __init__(self, folder):
        to_read, self.out = os.pipe()
        self.into, to_write = os.pipe()

        def take_3_and_4():
            # The numbers that the browser knows its pipes by; first, both are
            # moved out of each other's way.
            read, write = os.dup(to_read), os.dup(to_write)
            for source, number in ((read, 3), (write, 4)):
                os.dup2(source, number)

        self.port_file = folder / "profile" / "DevToolsActivePort"
        self.log = open(folder / "chromium.log", "wb")
        self.process = subprocess.Popen(
            [*BROWSER, f"--user-data-dir={folder / 'profile'}", "about:blank"],
            preexec_fn=take_3_and_4,
            close_fds=False,
            stderr=self.log,
        )
        os.close(to_read)
        os.close(to_write)
        self.rest = b""
        self.count = 0
        self.session = None
        self.events = []

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def receive(self):
        while b"\0" not in self.rest:
            more = os.read(self.into, 1 << 20)
            if not more:
                raise Failure("the browser has ended")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        """Returns the result of a method; keeps the events that come before it."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") != self.count:
                self.events.append(answer)
                continue
            if "error" in answer:
                raise Failure(f"{method}: {answer['error']}")
            return answer["result"]

    def open(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network":
            self.call(f"{domain}.enable")
        self.resize()

    def evaluate(self, expression, by_value):
        result = self.call(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=by_value,
        )
        if "exceptionDetails" in result:
            raise Failure(f"{expression}: {result['exceptionDetails']}")
        return result["result"]

    def value(self, expression):
        return self.evaluate(expression, by_value=True).get("value")

    def port(self):
        """Returns the port of its developer tools, as soon as there is one."""
        words = self.port_file.read_text().split() if self.port_file.exists() else []
        return words[0] if words else None

    def press_control(self, key):
        for kind in "keyDown", "keyUp":
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                modifiers=2,
                key=key,
                code=f"Key{key.upper()}",
                windowsVirtualKeyCode=ord(key.upper()),
            )

    def html(self):
        """Returns the document; empty if another one has come meanwhile."""
        root = self.call("DOM.getDocument", depth=0)["root"]
        try:
            return self.call("DOM.getOuterHTML", nodeId=root["nodeId"])["outerHTML"]
        except Failure:
            return ""

    def resize(self, height=PICTURE["height"]):
        size = {**PICTURE, "height": height}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def picture(self, scheme, file):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])
        data = self.call("Page.captureScreenshot", format="png")["data"]
        file.write_bytes(base64.b64decode(data))

    def problems(self, origin):
        """Yields what the page has complained of, or loaded from elsewhere."""
        for event in self.events:
            params = event.get("params", {})
            name = event.get("method")
            if name == "Runtime.exceptionThrown":
                yield params["exceptionDetails"]
            elif name == "Runtime.consoleAPICalled" and params["type"] == "error":
                yield params["args"]
            elif name == "Log.entryAdded" and params["entry"]["level"] == "error":
                yield params["entry"]
            elif name == "Network.requestWillBeSent":
                url = params["request"]["url"]
                if not url.startswith((origin, "data:", "about:")):
                    yield f"asks for {url}"


def wait_for(what, find):
    """Returns what `find` returns as soon as that is something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = find()
        if found:
            return found
        time.sleep(0.1)
    raise Failure(f"there is no {what}")
