#!/usr/bin/env python3
"""Lets a real Prometheus scrape a text, and compares what it has then.

    tests/observe/scrape.py FILE CONTENT_TYPE [live]

Serves FILE on loopback, with that content type, to a Prometheus of its own.
Exits with 0 if that has each sample of the file, with the same labels and value,
and each exemplar, and no other. With `live` that goes on while somebody replaces
FILE, and a series must have changed with it: after some scrapes FILE.enough is made,
and what FILE has when there is FILE.last is what counts. Else prints what differs, or why it has scraped nothing.
"""

import http.server
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE = 60  # seconds
SAMPLE = re.compile(r"(\w+)(?:\{(.*?)\})? (\S+)(?: # \{(.*)\} (\S+) (\S+))?")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
ESCAPED = re.compile(r"\\(.)")
CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
- {{job_name: weft, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}
"""
# What Prometheus adds.
OWN = re.compile(r"up|scrape_\w+")
OWN_LABELS = ("instance", "job")


def unescape(text):
    return ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text)


def key(name, labels):
    return name, tuple(sorted(labels.items()))


def labels_of(text):
    return {name: unescape(value) for name, value in LABEL.findall(text)}


def samples_of(text):
    """Returns the values of a text by names and labels, and its exemplars' labels."""
    samples = {}
    exemplars = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value, exemplar, _, _ = SAMPLE.fullmatch(line).groups()
        samples[key(name, labels_of(labels or ""))] = float(value)
        if exemplar is not None:
            exemplars.append(sorted(labels_of(exemplar).items()))
    return samples, sorted(exemplars)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(file, content_type):
    """Returns a server that answers each GET with the file, and counts them."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(file.read_bytes())
            server.scrapes += 1

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.scrapes = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def ask(port, path, **query):
    url = f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)["data"]


def scraped(port):
    """Returns what Prometheus has, once it has scraped; raises TimeoutError."""
    problem = "no answer"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        time.sleep(0.1)
        try:
            targets = ask(port, "targets")["activeTargets"]
            problem = targets[0]["lastError"] if targets else "no target"
            if not targets or targets[0]["health"] != "up":
                continue
            found = ask(port, "query", query='{job="weft"}')["result"]
        except (urllib.error.URLError, ConnectionError):
            continue
        samples = {}
        for series in found:
            labels = series["metric"]
            name = labels.pop("__name__")
            for own in OWN_LABELS:
                labels.pop(own)
            if not OWN.fullmatch(name):
                samples[key(name, labels)] = float(series["value"][1])
        if samples:
            return samples
    raise TimeoutError(f"Prometheus has scraped nothing: {problem}")


def scraped_exemplars(port):
    """Returns the labels of the exemplars that Prometheus has."""
    now = time.time()
    found = ask(
        port,
        "query_exemplars",
        query='{job="weft"}',
        start=now - 3600,
        end=now + 3600,
    )
    return sorted(
        sorted(exemplar["labels"].items())
        for series in found
        for exemplar in series["exemplars"]
    )


def wait_until(what, is_so):
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"there is no {what}")
        time.sleep(0.05)


def follow(file, server):
    """Lets the file change between scrapes, and waits for one of its last state."""
    wait_until("fifth scrape", lambda: server.scrapes >= 5)
    pathlib.Path(f"{file}.enough").touch()
    wait_until("last state", pathlib.Path(f"{file}.last").exists)
    # One may have begun before, and not be stored before the next begins.
    enough = server.scrapes + 3
    wait_until("last scrape", lambda: server.scrapes >= enough)


def check_series(port, expected):
    """Yields what is wrong with the counts over time."""
    name = "weft_task_runs_total"
    runs = sum(value for (of, _), value in expected.items() if of == name)
    found = float(ask(port, "query", query=f"sum({name})")["result"][0]["value"][1])
    if found != runs:
        yield f"sum({name}) is {found}, and not {runs}"
    query = f"sum(changes({name}[10m]))"
    changes = float(ask(port, "query", query=query)["result"][0]["value"][1])
    if changes < 3:
        yield f"{query} is {changes}"


def main(path, content_type, live=None):
    file = pathlib.Path(path)
    server = serve(file, content_type)
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "prometheus.yml"
        config.write_text(CONFIG.format(port=server.server_port))
        prometheus = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{port}",
                "--enable-feature=exemplar-storage",
                "--log.level=error",
            ]
        )
        try:
            if live:
                scraped(port)
                follow(file, server)
            expected, exemplars = samples_of(file.read_text())
            found = scraped(port)
            found_exemplars = scraped_exemplars(port)
            problems = list(check_series(port, expected)) if live else []
        finally:
            prometheus.kill()
            prometheus.wait()
    differing = [one for one in expected | found if expected.get(one) != found.get(one)]
    for one in differing:
        print(f"{one}: written {expected.get(one)}, scraped {found.get(one)}")
    if found_exemplars != exemplars:
        print(f"exemplars: written {exemplars}, scraped {found_exemplars}")
    for problem in problems:
        print(problem)
    print(f"{len(found)} samples, {len(found_exemplars)} exemplars")
    return bool(differing or problems) or not found or found_exemplars != exemplars


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
