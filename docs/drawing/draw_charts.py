#!/usr/bin/env python3
"""Draws docs/performance.md's charts: each for a light and for a dark page.

Usage: draw_charts.py folder            writes <name>_<theme>.svg there
       draw_charts.py --check folder    fails if what is there differs

All figures are those of docs/charts/compare.json, which

    ./bazelw run -c opt //benchmarks:compare -- --threads 1,2 \\
        --json docs/charts/compare.json

writes, and those of docs/charts/scale.json, which

    ./bazelw run //benchmarks/scale -- --json docs/charts/scale.json

writes. A chart is a function below that returns a Drawing.
"""

import json
import math
import pathlib
import sys

import draw_diagrams

COMPARED = pathlib.Path(__file__).parent.parent / "charts/compare.json"
SCALED = pathlib.Path(__file__).parent.parent / "charts/scale.json"

# Rows of the chart of peers: a benchmark, what it is called, and its peers.
PEERS = [
    ("fib", "fork and join", ["tbb task_group", "rayon join", "openmp task"]),
    ("skynet", "tree of 10^6 leaves", ["tbb task_group"]),
    ("flat", "10^6 tasks of a group", ["tbb task_group", "asio post"]),
    ("submit, 1 producer", "task from outside", ["asio post", "tbb enqueue"]),
    ("ping-pong", "task by the one before", ["asio post", "tbb enqueue"]),
    ("idle latency, p50", "idle to running", ["asio post", "tbb enqueue"]),
    ("for, 1024 cheap", "loop, 1,024 cheap", ["tbb parallel_for", "openmp for"]),
    ("for, 8M floats, each", "loop, 8 M floats", ["tbb parallel_for", "openmp for"]),
    ("reduce, 8M doubles, each", "sum, 8 M doubles", ["tbb parallel_reduce"]),
    ("pipeline item", "item of a pipeline", ["tbb parallel_pipeline"]),
    ("job of a graph", "job of a graph", ["tbb continue_node"]),
    ("child coroutine", "child coroutine", ["hand-written coroutine", "plain coroutine"]),
    ("strand", "task of a strand", ["asio strand"]),
    ("timer", "timer, cancelled", ["asio steady_timer"]),
]
# Colours, by the number of threads.
ROLES = ["ada", "bob", "good"]


def load():
    """Returns the setting and the rows that were measured, by name and threads."""
    compared = json.loads(COMPARED.read_text())
    rows = {
        (row["benchmark"], row["threads"], row["peer"]): row
        for row in compared["rows"]
        if "absent" not in row
    }
    return compared["setting"], rows


def caption(setting):
    return (
        f"{setting['date']}, {setting['processors']} processors, "
        f"g++ {setting['compiler']}, oneTBB {setting['oneTBB']}"
    )


def dot(drawing, x, y, role, radius=4):
    drawing.add(
        lambda theme: f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" '
        f'fill="{theme[role]}"/>'
    )


def key(drawing, x, y, labels):
    """Names what the colours are, from left to right."""
    for role, label in zip(ROLES, labels):
        dot(drawing, x, y - 4, role)
        drawing.text(x + 10, y, label, role="muted", size=12)
        x += 24 + 7 * len(label)


def peers():
    """What Weft takes, over what others do, each for the same work."""
    setting, rows = load()
    sizes = sorted({threads for _, threads, _ in rows})[: len(ROLES)]
    lines = [
        (title, peer, [(rows.get((name, size, peer)), role) for size, role in zip(sizes, ROLES)])
        for name, title, names in PEERS
        for peer in names
        if any((name, size, peer) in rows for size in sizes)
    ]
    left, right, top, step = 350, 780, 64, 22
    height = top + step * len(lines) + 54
    drawing = draw_diagrams.Drawing(800, height, peers.__doc__)
    low, high = math.log10(0.01), math.log10(20)

    def x_of(ratio):
        share = (math.log10(ratio) - low) / (high - low)
        return round(left + min(1, max(0, share)) * (right - left), 1)

    drawing.title_text(14, 24, "Time with Weft, over the time with a peer: less is faster")
    key(drawing, left, 46, [f"{size} thread" + "s" * (size > 1) for size in sizes])
    bottom = top + step * len(lines)
    for ratio in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20):
        x = x_of(ratio)
        drawing.line([(x, top - 6), (x, bottom)], "ink" if ratio == 1 else "line", ratio != 1)
        drawing.text(x, bottom + 16, f"{ratio:g}", role="muted", size=12, anchor="middle")
    for number, (title, peer, figures) in enumerate(lines):
        y = top + step * number + step / 2
        drawing.text(14, y + 4, title)
        drawing.text(left - 14, y + 4, peer, role="muted", size=12, anchor="end")
        for offset, (row, role) in enumerate(figures):
            if row is None:
                continue
            dot_y = y + 5 * offset - 2.5 * (len(sizes) - 1)
            drawing.line([(x_of(row["low"]), dot_y), (x_of(row["high"]), dot_y)], role)
            dot(drawing, x_of(row["figure"]), dot_y, role)
    drawing.text(
        14,
        height - 12,
        f"{caption(setting)}; medians of rounds, and where they lie with 95 %",
        role="muted",
        size=12,
    )
    return drawing


def curves(title, x_name, lines):
    """Draws nanoseconds against a number, both by powers; lines have points."""
    setting, _ = load()
    drawing = draw_diagrams.Drawing(800, 320, title)
    drawing.title_text(14, 24, title)
    key(drawing, 90, 46, [name for name, _ in lines])
    left, right, top, bottom = 90, 750, 64, 250
    points = [point for _, line in lines for point in line]
    xs = sorted({x for x, _ in points})
    tops = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
    least = max([t for t in tops if t <= min(y for _, y in points)], default=tops[0])
    most = min([t for t in tops if t >= max(y for _, y in points)], default=tops[-1])

    def share(value, first, last):
        return math.log(value / first) / math.log(last / first) if last > first else 0.5

    def place(x, y):
        return (
            round(left + share(x, xs[0], xs[-1]) * (right - left), 1),
            round(bottom - share(y, least, most) * (bottom - top), 1),
        )

    for y in (t for t in tops if least <= t <= most):
        level = place(xs[0], y)[1]
        drawing.line([(left, level), (right, level)], dashed=True)
        drawing.text(left - 10, level + 4, f"{y:g} ns", role="muted", size=12, anchor="end")
    for x in xs:
        drawing.text(place(x, least)[0], bottom + 18, f"{x:,}", role="muted", size=12, anchor="middle")
    drawing.text((left + right) / 2, bottom + 38, x_name, role="muted", size=12, anchor="middle")
    for role, (_, line) in zip(ROLES, lines):
        places = [place(x, y) for x, y in line]
        if len(places) > 1:
            drawing.line(places, role)
        for x, y in places:
            dot(drawing, x, y, role)
    drawing.text(14, 308, caption(setting), role="muted", size=12)
    return drawing


def storages():
    _, rows = load()
    numbers = (1, 4, 16, 64, 256)

    def line(name):
        labels = [f"{name}, {n} storage" + "s" * (n > 1) for n in numbers]
        return [(n, rows[label, 1, "absolute"]["weft_ns"]) for n, label in zip(numbers, labels)]

    return curves(
        "Reading a store, and binding one, by how many are bound",
        "storages bound",
        [("GetStore()", line("GetStore")), ("Run()", line("Run"))],
    )


def tasks():
    _, rows = load()
    sizes = {100: "flat, groups of 100", 10_000: "flat, groups of 10,000", 1_000_000: "flat"}

    def line(figure, threads):
        return [(n, rows[name, threads, "tbb task_group"][figure]) for n, name in sizes.items()]

    return curves(
        "A task of a group, by how many are in it, 1 thread",
        "tasks in the group",
        [("Weft", line("weft_ns", 1)), ("oneTBB", line("peer_ns", 1))],
    )


def workers():
    _, rows = load()
    sizes = sorted({threads for name, threads, _ in rows if name == "fib"})

    def line(name, peer):
        return [(n, rows[name, n, peer]["weft_ns"]) for n in sizes]

    return curves(
        "An operation, by how many workers there are",
        "workers",
        [
            ("fork and join", line("fib", "tbb task_group")),
            ("task of a group", line("flat", "tbb task_group")),
            ("task from outside", line("submit, 1 producer", "asio post")),
        ],
    )


# Colours of workloads, and whether their lines are dashed.
SCALE_STYLES = [(role, dashed) for dashed in (False, True) for role in ROLES]


def scale():
    """Draws the share of the speed-up that the graph allows, by processors."""
    scaled = json.loads(SCALED.read_text())
    drawing = draw_diagrams.Drawing(800, 340, "Beyond two processors, simulated")
    drawing.title_text(14, 24, "Speed-up over what the dependency graph allows, simulated")
    left, right, top, bottom = 90, 640, 54, 270
    sizes = sorted({row["processors"] for row in scaled["rows"]})

    def place(processors, share):
        reach = math.log2(processors / sizes[0]) / max(math.log2(sizes[-1] / sizes[0]), 1)
        return (
            round(left + reach * (right - left), 1),
            round(bottom - min(share, 1) * (bottom - top), 1),
        )

    for share in (0, 0.25, 0.5, 0.75, 1):
        level = place(sizes[0], share)[1]
        drawing.line([(left, level), (right, level)], dashed=True)
        drawing.text(left - 10, level + 4, f"{share:g}", role="muted", size=12, anchor="end")
    for size in sizes:
        drawing.text(place(size, 0)[0], bottom + 18, f"{size:,}", role="muted", size=12, anchor="middle")
    drawing.text((left + right) / 2, bottom + 38, "processors", role="muted", size=12, anchor="middle")
    names = list(dict.fromkeys(row["workload"] for row in scaled["rows"]))
    for number, ((role, dashed), name) in enumerate(zip(SCALE_STYLES, names)):
        places = [
            place(row["processors"], row["speed_up"] / row["allowed"])
            for row in scaled["rows"]
            if row["workload"] == name
        ]
        if len(places) > 1:
            drawing.line(places, role, dashed)
        for x, y in places:
            dot(drawing, x, y, role, radius=3)
        level = top + 24 * number
        drawing.line([(right + 24, level), (right + 52, level)], role, dashed)
        drawing.text(right + 60, top + 24 * number + 4, name, size=12)
    grain = scaled["grain_ns"] / 1000
    drawing.text(
        14,
        328,
        f"{scaled['date']}, tasks that compute for {grain:g} us, "
        f"{scaled['tasks_per_processor']:,} for each processor",
        role="muted",
        size=12,
    )
    return drawing


CHARTS = [peers, storages, tasks, workers, scale]

if __name__ == "__main__":
    sys.exit(draw_diagrams.run(__doc__, CHARTS, sys.argv[1:]))
