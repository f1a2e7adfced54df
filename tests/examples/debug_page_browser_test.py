#!/usr/bin/env python3
"""Looks at the debug page of a busy request_server with a real Chromium.

    tests/examples/debug_page_browser_test.py SERVER CHECK_TRACE [FOLDER]

The page must be there without its script, renew itself with it, load nothing
from elsewhere, raise no error, and give a trace at the push of its button, which
CHECK_TRACE accepts. Writes pictures of it, light and dark, into FOLDER, or else
into that of the test's outputs.
"""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
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
]
PICTURE = {"width": 1240, "height": 900, "deviceScaleFactor": 1, "mobile": False}
RUNS = "document.querySelector('#executors tbody td:nth-child(9)')?.textContent"


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
        self.call("Emulation.setDeviceMetricsOverride", **PICTURE)

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise Failure(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def html(self):
        """Returns the document; empty if another one has come meanwhile."""
        root = self.call("DOM.getDocument", depth=0)["root"]
        try:
            return self.call("DOM.getOuterHTML", nodeId=root["nodeId"])["outerHTML"]
        except Failure:
            return ""

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


def number(text):
    return int(re.sub(r"\D", "", text or "") or 0)


def start_server(program):
    """Returns the process and where its page is."""
    server = subprocess.Popen(
        [program, "--demo", "--requests=1000000000", "--workers=2", "--debug_port=0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    for line in server.stdout:
        found = re.search(r"debug page on (http://\S+)", line)
        if found:
            return server, found[1]
    raise Failure("the server has no page")


def check_page(browser, origin, check_trace, folder, pictures):
    # Without its script.
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.call("Page.navigate", url=origin)

    def whole_page():
        html = browser.html()
        return html if "HTTP_REQUEST" in html and "</html>" in html else None

    html = wait_for("table without the script", whole_page)
    for text in "</table>", "http-io", "examples/request_server/handler.cc:", "<svg":
        if text not in html:
            raise Failure(f"without the script there is no {text}")

    # With it, the numbers move.
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    browser.call("Page.navigate", url=origin)
    first = wait_for("number", lambda: number(browser.value(RUNS)))
    wait_for("number that moves", lambda: number(browser.value(RUNS)) > first)
    state = browser.value("document.querySelector('#state').textContent")
    if not state.startswith("at "):
        raise Failure(f"the page says: {state}")
    browser.picture("light", pictures / "debug_page_light.png")
    browser.picture("dark", pictures / "debug_page_dark.png")

    # The button gives a trace.
    browser.call(
        "Browser.setDownloadBehavior",
        behavior="allow",
        downloadPath=str(folder),
        eventsEnabled=True,
    )
    browser.value("document.querySelector('#seconds').value = 1")
    browser.value("document.querySelector('#record').click()")
    trace = folder / "trace.json"

    def is_there():
        browser.value("1")  # takes events
        return any(
            event.get("method") == "Browser.downloadProgress"
            and event["params"]["state"] == "completed"
            for event in browser.events
        )

    wait_for("trace", is_there)
    subprocess.run([check_trace, trace], check=True)

    problems = list(browser.problems(origin))
    if problems:
        raise Failure(f"the page has complained: {problems}")


def main(server_program, check_trace, pictures=None):
    if pictures is None:
        pictures = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", ".")
    pictures = pathlib.Path(pictures).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server, origin = start_server(server_program)
        browser = Browser(folder)
        try:
            browser.open()
            check_page(browser, origin, check_trace, folder, pictures)
        except Failure as failure:
            print(f"FAIL: {failure}")
            return 1
        finally:
            browser.close()
            os.killpg(server.pid, 9)
            server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
