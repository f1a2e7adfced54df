#!/usr/bin/env python3
"""Looks at the debug page of a busy request_server with a real Chromium.

    tests/examples/debug_page_browser_test.py SERVER CHECK_TRACE \
        [FOLDER [SPEEDSCOPE]]

The page must be there without its script, renew itself with it, load nothing
from elsewhere, raise no error, and give a trace at the push of its button, which
CHECK_TRACE accepts. Chromium's own performance panel must open that trace, and
have its threads and as many slices on each. Chrome's trace viewer must open the
trace of another run, with all queueings, and lead each arrow from the queueing of
a task to its run. Writes pictures of all into FOLDER, or else into that of the
test's outputs.

SPEEDSCOPE, or else $WEFT_SPEEDSCOPE, is the folder of the npm package speedscope.
That must open the trace as well, and have the same threads and slices; without the
folder it is left out. with_speedscope.sh gets the package and runs the test with it.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from browser import Browser, Failure, wait_for
from trace_viewers import check_panel, check_speedscope, check_trace_viewer

RUNS = "document.querySelector('#executors tbody td:nth-child(9)')?.textContent"


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


def record_run(program, check_trace, folder):
    """Returns the trace of a run of its own, at the level that has all."""
    trace = folder / "run.json"
    subprocess.run(
        [
            program,
            "--demo",
            "--requests=600",
            "--clients=16",
            "--workers=3",
            f"--trace={trace}",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    subprocess.run([check_trace, trace], check=True)
    return trace


def main(server_program, check_trace, pictures=None, speedscope=None):
    if pictures is None:
        pictures = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", ".")
    pictures = pathlib.Path(pictures).resolve()
    speedscope = speedscope or os.environ.get("WEFT_SPEEDSCOPE")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server, origin = start_server(server_program)
        browser = Browser(folder)
        try:
            browser.open()
            trace = check_page(browser, origin, check_trace, folder, pictures)
            check_panel(browser, trace, pictures)
            whole = record_run(server_program, check_trace, folder)
            check_trace_viewer(browser, whole, pictures)
            if not speedscope:
                print("without speedscope: WEFT_SPEEDSCOPE is not set")
            else:
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
