"""Opens traces in the programs that people look at them with."""

import bisect
import collections
import functools
import http.server
import json
import pathlib
import re
import threading
import time

from browser import Failure, wait_for

# Chrome's trace viewer, as Debian's golang-1.19-src has it.
TRACE_VIEWER = pathlib.Path("/usr/share/go-1.19/src/cmd/trace/static")

# A page with that viewer and the trace, and nothing but its tracks in sight.
VIEWER_PAGE = """<!DOCTYPE html>
<title>trace</title>
<link rel="icon" href="data:,">
<script src="/webcomponents.min.js"></script>
<link rel="import" href="/trace_viewer_full.html">
<style>
  html, body, #viewer { height: 100%; margin: 0; overflow: hidden; width: 100%; }
  #control, tr-ui-b-info-bar-group, tr-ui-b-mouse-mode-selector,
  tr-ui-side-panel-container, tr-ui-b-drag-handle, #analysis-view,
  tr-ui-a-analysis-view { display: none !important; }
</style>
<script>
document.addEventListener("WebComponentsReady", async () => {
  window.viewer = document.createElement("tr-ui-timeline-view");
  const tracks = document.createElement("track-view-container");
  tracks.id = "track_view_container";
  viewer.track_view_container = tracks;
  Polymer.dom(viewer).appendChild(tracks);
  viewer.id = "viewer";
  viewer.globalMode = true;
  Polymer.dom(document.body).appendChild(viewer);
  const text = await (await fetch("/trace.json")).text();
  const model = new tr.Model();
  const options = new tr.importer.ImportOptions();
  options.shiftWorldToZero = false;
  new tr.importer.Import(model, options).importTraces([text]);
  viewer.model = model;
  window.model = model;
});
</script>
"""

# What the viewer has of a trace: the slices and marks of each thread; of each
# arrow the ids and categories of the slices that it has put the ends at; the
# greatest value of each counter.
VIEWED = """
(() => {
  const of = (slice) => [slice?.args.message ?? slice?.args.id, slice?.category];
  const counters = Object.values(model.processes)
      .flatMap((process) => Object.values(process.counters));
  return {
    slices: model.getAllThreads()
        .filter((thread) => thread.sliceGroup.length > 0)
        .map((thread) => [thread.name, thread.sliceGroup.length]),
    arrows: model.flowEvents.map(
        (arrow) => [...of(arrow.startSlice), ...of(arrow.endSlice)]),
    counters: counters.map((counter) => [counter.name, counter.maxTotal]),
    warnings: model.importWarnings.map((warning) => warning.message),
  };
})()
"""

# Shows the span between two times, in milliseconds, with its arrows, and returns
# how high that is.
SHOW_SPAN = """
(() => {
  viewer.selectedFlowEvents.add("submit");
  const viewport = viewer.trackView.viewport;
  const transform = viewport.currentDisplayTransform.clone();
  const canvas = viewer.trackView.querySelector("canvas");
  const width = canvas.clientWidth;
  transform.xSetWorldBounds(%f, %f, width);
  viewport.setDisplayTransformImmediately(transform);
  viewport.dispatchChangeEvent();
  const rows = Array.from(document.querySelectorAll(".thread-track"));
  return Math.max(...rows.map((row) => row.getBoundingClientRect().bottom));
})()
"""

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


def events_of(trace):
    return json.loads(trace.read_text())["traceEvents"]


def slices_of(trace, shortest=0, phases="X"):
    """Returns how many slices each thread has, as sorted pairs with its name."""
    events = events_of(trace)
    names = {
        (event["pid"], event["tid"]): event["args"]["name"]
        for event in events
        if event["ph"] == "M" and event["name"] == "thread_name"
    }
    counts = collections.Counter(
        (event["pid"], event["tid"])
        for event in events
        if event["ph"] in phases and event.get("dur", 0) >= shortest
    )
    return sorted([names[thread], count] for thread, count in counts.items())


def compare(viewer, found, expected):
    if len(expected) < 3:
        raise Failure(f"only {expected} have slices")
    if sorted(found) != expected:
        raise Failure(f"{viewer} has {sorted(found)}, and the trace {expected}")
    slices = sum(count for _, count in expected)
    print(f"{viewer}: {slices} slices on {len(expected)} threads, as in the trace")


def serve(folder, trace, page=None):
    """Returns a server of a folder's files, and of the trace, and where it is."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            if page is None or self.path != "/":
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def translate_path(self, path):
            is_trace = path.startswith("/trace.json")
            return str(trace) if is_trace else super().translate_path(path)

        def log_message(self, *_):
            pass

    served = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), served)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def arrows_of(trace):
    """Returns where each arrow of a trace leaves and where it arrives."""
    begins, arrows = {}, []
    for event in sorted(events_of(trace), key=lambda event: event["ph"] == "f"):
        if event["ph"] == "s":
            begins[event["id"]] = event
        elif event["ph"] == "f":
            arrows.append((begins[event["id"]], event))
    return arrows


def telling_span(trace):
    """Returns a span, in microseconds, in which much of different kinds happens."""
    runs = sorted(
        (event["ts"], event["dur"], event["tid"], event["name"])
        for event in events_of(trace)
        if event["ph"] == "X" and event["cat"] == "run"
    )
    crossing = sorted(
        (begin["ts"], end["ts"])
        for begin, end in arrows_of(trace)
        if begin["tid"] != end["tid"]
    )

    def value(span):
        begin, end = span
        length = end - begin
        busy, names = collections.Counter(), set()
        for ts, duration, row, name in runs[bisect.bisect(runs, (begin,)) :]:
            if ts >= end:
                break
            busy[row] += min(duration, end - ts)
            if duration > length / 9:  # its name can be read
                names.add(name)
        arrows = 0
        for left, came in crossing[bisect.bisect(crossing, (begin,)) :]:
            if left >= end:
                break
            arrows += came < end
        rows = sum(min(time / length, 0.5) for time in busy.values())
        return 2 * rows + 0.3 * min(arrows, 10) + 0.5 * len(names)

    return max(
        (
            (ts - length * 0.05, ts + length * 0.95)
            for length in (150, 300, 500, 800)
            for ts, *_ in runs
        ),
        key=value,
    )


def check_trace_viewer(browser, trace, pictures):
    """Opens a trace in Chrome's trace viewer, which shows its arrows."""
    server, origin = serve(TRACE_VIEWER, trace, VIEWER_PAGE)
    browser.call("Page.navigate", url=origin)
    wait_for("trace in the trace viewer", lambda: browser.value("!!window.model"))
    viewed = browser.value(VIEWED)
    if viewed["warnings"]:
        raise Failure(f"the trace viewer warns: {viewed['warnings'][:9]}")
    compare("the trace viewer", viewed["slices"], slices_of(trace, phases="Xi"))
    arrows = viewed["arrows"]
    wrong = [
        arrow
        for arrow in arrows
        if arrow[0] != arrow[2] or arrow[1::2] != ["queue", "run"]
    ]
    expected = len(arrows_of(trace))
    if wrong or len(arrows) != expected or expected < 100:
        raise Failure(f"of {expected} arrows it has {len(arrows)}, wrong: {wrong[:9]}")
    counters = dict(viewed["counters"])
    if min(counters.get(name, 0) for name in ("running threads", "queued tasks")) < 1:
        raise Failure(f"the trace viewer has the counters {counters}")
    print(f"the trace viewer: {expected} arrows, each from a queueing to its run")

    begin, end = telling_span(trace)
    browser.resize(round(browser.value(SHOW_SPAN % (begin / 1000, end / 1000))))
    time.sleep(1)  # it draws when it has time
    browser.picture("light", pictures / "trace.png")
    browser.resize()
    server.shutdown()


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
    found = browser.value(SLICES_IN_PANEL)
    compare("the performance panel", found, slices_of(trace))
    browser.picture("light", pictures / "panel_light.png")
    browser.picture("dark", pictures / "panel_dark.png")


def check_speedscope(browser, trace, folder, pictures, package):
    """Opens a trace in speedscope, and reads what that exports of it."""
    server, origin = serve(pathlib.Path(package) / "dist" / "release", trace)
    browser.call("Page.navigate", url=f"{origin}/#profileURL={origin}/trace.json")
    text = "document.body?.innerText.includes('Time Order') || null"
    wait_for("trace in speedscope", lambda: browser.value(text))
    browser.picture("light", pictures / "speedscope.png")
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
    compare("speedscope", found, slices_of(trace, shortest=0.001))
