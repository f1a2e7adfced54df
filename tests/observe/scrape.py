#!/usr/bin/env python3
"""Lets a real Prometheus scrape a text, and compares what it has then.

    tests/observe/scrape.py FILE CONTENT_TYPE

Serves FILE on loopback, with that content type, to a Prometheus of its own.
Exits with 0 if that has each sample of the file, with the same labels and value,
and each exemplar, and no other; else prints what differs, or why it has scraped nothing.
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


def serve(body, content_type):
    """Returns a server that answers each GET with `body`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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


def main(path, content_type):
    body = pathlib.Path(path).read_bytes()
    expected, exemplars = samples_of(body.decode())
    server = serve(body, content_type)
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
            found = scraped(port)
            found_exemplars = scraped_exemplars(port)
        finally:
            prometheus.kill()
            prometheus.wait()
    differing = [one for one in expected | found if expected.get(one) != found.get(one)]
    for one in differing:
        print(f"{one}: written {expected.get(one)}, scraped {found.get(one)}")
    if found_exemplars != exemplars:
        print(f"exemplars: written {exemplars}, scraped {found_exemplars}")
    print(f"{len(found)} samples, {len(found_exemplars)} exemplars")
    return bool(differing) or not found or found_exemplars != exemplars


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
