#!/usr/bin/env python3
"""Lets a real Prometheus scrape a text, and compares what it has then.

    tests/observe/scrape.py FILE CONTENT_TYPE [live]

Serves FILE on loopback, with that content type, to a Prometheus of its own.
Exits with 0 if that has each sample of the file, with the same labels and value,
and each exemplar, and no other. With `live` that goes on while somebody replaces
FILE: when a series has changed with it FILE.enough is made, and what FILE has when
there is FILE.last is what counts. Else prints what differs.
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
import urllib.parse
import urllib.request

PATIENCE = 60  # seconds
ENOUGH_CHANGES = 3
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
    """Returns a server that answers each GET with the file."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(file.read_bytes())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def ask(port, path, **query):
    url = f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return json.load(answer)["data"]


def start_prometheus(config, data):
    """Returns a process and its port, when it answers there; raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        port = free_port()
        prometheus = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={data}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--enable-feature=exemplar-storage",
                "--log.level=error",
            ]
        )
        # It ends if somebody else has taken the port meanwhile.
        while prometheus.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
            try:
                ask(port, "targets")
                return prometheus, port
            except (OSError, ValueError, KeyError):
                continue
        prometheus.kill()
        prometheus.wait()
    raise TimeoutError("Prometheus does not start")


def scraped(port):
    """Returns what Prometheus has; nothing while its last scrape has failed."""
    targets = ask(port, "targets")["activeTargets"]
    if not targets or targets[0]["health"] != "up":
        return {}
    samples = {}
    for series in ask(port, "query", query='{job="weft"}')["result"]:
        labels = series["metric"]
        name = labels.pop("__name__")
        for own in OWN_LABELS:
            labels.pop(own)
        if not OWN.fullmatch(name):
            samples[key(name, labels)] = float(series["value"][1])
    return samples


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


def number(port, query):
    """Returns the one value that a query gives; 0 if it gives none."""
    found = ask(port, "query", query=query)["result"]
    return float(found[0]["value"][1]) if found else 0.0


def wait_until_none(problems):
    """Returns what problems() returns, when that is nothing or patience is over."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            found = list(problems())
        except OSError as error:
            found = [f"Prometheus does not answer: {error}"]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def check_changes(port):
    """Yields what is wrong with the counts over time."""
    query = "sum(changes(weft_task_runs_total[10m]))"
    changes = number(port, query)
    if changes < ENOUGH_CHANGES:
        yield f"{query} is {changes}"


def check(port, text):
    """Yields what Prometheus has that is not in a text, and the other way round."""
    expected, exemplars = samples_of(text)
    found = scraped(port)
    for one in expected | found:
        if expected.get(one) != found.get(one):
            yield f"{one}: written {expected.get(one)}, scraped {found.get(one)}"
    if not found:
        yield "nothing has been scraped"
    found_exemplars = scraped_exemplars(port)
    if found_exemplars != exemplars:
        yield f"exemplars: written {exemplars}, scraped {found_exemplars}"
    name = "weft_task_runs_total"
    runs = sum(value for (of, _), value in expected.items() if of == name)
    total = number(port, f"sum({name})")
    if total != runs:
        yield f"sum({name}) is {total}, and not {runs}"


def follow(file, port):
    """Lets the file change until Prometheus knows; yields what is missing."""
    yield from wait_until_none(lambda: check_changes(port))
    pathlib.Path(f"{file}.enough").touch()
    last = pathlib.Path(f"{file}.last")
    yield from wait_until_none(lambda: [] if last.exists() else [f"no {last}"])


def main(path, content_type, live=None):
    file = pathlib.Path(path)
    server = serve(file, content_type)
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "prometheus.yml"
        config.write_text(CONFIG.format(port=server.server_port))
        prometheus, port = start_prometheus(config, f"{folder}/data")
        try:
            problems = list(follow(file, port)) if live else []
            text = file.read_text()
            problems += wait_until_none(lambda: check(port, text))
        finally:
            prometheus.kill()
            prometheus.wait()
    for problem in problems:
        print(problem)
    samples, exemplars = samples_of(text)
    print(f"{len(samples)} samples, {len(exemplars)} exemplars")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
