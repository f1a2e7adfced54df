#!/usr/bin/env python3
"""Looks at the debug page of a busy request_server with a real Chromium.

    tests/examples/debug_page_browser_test.py SERVER CHECK_TRACE \
        [FOLDER [SPEEDSCOPE]]

The page must be there without its script, renew itself with it, load nothing
from elsewhere, raise no error, and give a trace at the push of its button, which
CHECK_TRACE accepts. Chromium's own performance panel must open that trace, and
have its threads and as many slices on each. Writes pictures of all into FOLDER,
or else into that of the test's outputs.

SPEEDSCOPE is the folder of the npm package speedscope; if it is given, that must
open the trace as well. It is no part of the test, as Debian's npm has hundreds of
packages:

    (cd /tmp && npm pack speedscope@1.25.0 && tar xzf speedscope-1.25.0.tgz)
    tests/examples/debug_page_browser_test.py bazel-bin/examples/request_server \
        tests/observe/check_trace.py /tmp /tmp/package
"""

import base64
import collections
import functools
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
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
RUNS = "document.querySelector('#executors tbody td:nth-child(9)')?.textContent"


# Counts the slices of each thread in the performance panel, as it has them.
SLICES_IN_PANEL = """
(() => {
  const trace = panel.model.parsedTrace(0);
  const names = trace.data.Meta.threadsInProcess;
  const slices = [];
  for (const [pid, process] of trace.data.Renderer.processes) {
    for (const [tid, thread] of process.threads) {
      const name = names.get(pid)?.get(tid)?.args.name;
      const count = thread.entries.filter((entry) => entry.ph === "X").length;
      if (count > 0) slices.push([name, count]);
    }
  }
  return slices;
})()
"""


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
        self.call("Emulation.setDeviceMetricsOverride", **PICTURE)

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
    held = "document.querySelector('#retention tbody td')?.textContent"
    wait_for("storage whose stores are kept", lambda: browser.value(held))
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
    return trace


def slices_of(trace, shortest):
    """Returns how many slices each thread has, as sorted pairs with its name."""
    events = json.loads(trace.read_text())["traceEvents"]
    names = {
        (event["pid"], event["tid"]): event["args"]["name"]
        for event in events
        if event["ph"] == "M" and event["name"] == "thread_name"
    }
    counts = collections.Counter(
        (event["pid"], event["tid"])
        for event in events
        if event["ph"] == "X" and event["dur"] >= shortest
    )
    return sorted([names[thread], count] for thread, count in counts.items())


def compare(viewer, trace, found, shortest=0):
    expected = slices_of(trace, shortest)
    if len(expected) < 3:
        raise Failure(f"only {expected} have slices")
    if sorted(found) != expected:
        raise Failure(f"{viewer} has {sorted(found)}, and the trace {expected}")
    slices = sum(count for _, count in expected)
    print(f"{viewer}: {slices} slices on {len(expected)} threads, as in the trace")


def check_panel(browser, trace, pictures):
    """Opens a trace in the performance panel, by its button for files."""
    port = wait_for("port of the developer tools", browser.port)
    url = f"http://127.0.0.1:{port}/devtools/devtools_app.html?panel=timeline"
    browser.call("Page.navigate", url=url)

    def chooser():
        browser.value(
            "import('./panels/timeline/timeline.js').then((module) => {"
            "  window.panel = module.TimelinePanel.TimelinePanel.instance();"
            "}).catch(() => {})"
        )
        found = browser.evaluate("window.panel?.fileSelectorElement", by_value=False)
        return found.get("objectId")

    chosen = wait_for("button that opens a file", chooser)
    browser.call("DOM.setFileInputFiles", files=[str(trace)], objectId=chosen)
    wait_for("trace in the panel", lambda: browser.value("panel.hasActiveTrace()"))
    compare("the performance panel", trace, browser.value(SLICES_IN_PANEL))
    browser.picture("light", pictures / "trace_light.png")
    browser.picture("dark", pictures / "trace_dark.png")


def check_speedscope(browser, trace, folder, pictures, package):
    """Opens a trace in speedscope, and reads what that exports of it."""
    site = pathlib.Path(package) / "dist" / "release"

    class Handler(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path):
            is_trace = path.startswith("/trace.json")
            return str(trace) if is_trace else super().translate_path(path)

        def log_message(self, *_):
            pass

    served = functools.partial(Handler, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), served)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    browser.call("Page.navigate", url=f"{origin}/#profileURL={origin}/trace.json")
    text = "document.body?.innerText.includes('Time Order') || null"
    wait_for("trace in speedscope", lambda: browser.value(text))
    browser.picture("light", pictures / "trace_speedscope.png")
    exported = folder / "trace.speedscope.json"

    def is_exported():
        browser.press_control("s")
        time.sleep(1)
        browser.value("1")  # takes events
        try:
            return json.loads(exported.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    found = []
    for profile in wait_for("export of speedscope", is_exported)["profiles"]:
        name = re.fullmatch(r".*\(pid \d+\), (.*) \(tid \d+\)", profile["name"])[1]
        found.append([name, sum(event["type"] == "O" for event in profile["events"])])
    server.shutdown()
    # It leaves out what has no length, where an arrow begins.
    compare("speedscope", trace, found, shortest=0.001)


def main(server_program, check_trace, pictures=None, speedscope=None):
    if pictures is None:
        pictures = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", ".")
    pictures = pathlib.Path(pictures).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server, origin = start_server(server_program)
        browser = Browser(folder)
        try:
            browser.open()
            trace = check_page(browser, origin, check_trace, folder, pictures)
            check_panel(browser, trace, pictures)
            if speedscope:
                check_speedscope(browser, trace, folder, pictures, speedscope)
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
