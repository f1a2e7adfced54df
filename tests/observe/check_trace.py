#!/usr/bin/env python3
"""Checks traces that TraceJson() has written.

    tests/observe/check_trace.py FILE...

Each must be JSON in the form of Chrome's traces. The slices of a row are nested
or apart; each row has a name; each arrow has one begin and one end, in this
order, each at a slice of its row: a queueing of a task, and a run of the same
task, or the sending of a message and where it came. The slices are those to which
viewers put it: one around the begin, and around the end if that has a binding
point, else the next that begins, where one ends as another begins. The counters
have the greatest values that the slices and the waits give. Prints what is wrong,
or how much there is: the arrows of messages, and those of these that go from one
process to another, only if there are any. Exits with 1 or 0.
"""

import collections
import json
import sys

QUEUE = "queue"
RUN = "run"
SEND = "send"
RECEIVE = "receive"


def nanoseconds(micros):
    return round(micros * 1000)


class Slice:
    def __init__(self, event):
        self.begin = nanoseconds(event["ts"])
        self.end = self.begin + nanoseconds(event["dur"])
        self.kind = event["cat"]
        self.id = event["args"].get("message", event["args"]["id"])


def row_of(event):
    return event["pid"], event["tid"]


def check_nesting(row, slices):
    """Yields what is wrong with the slices of a row."""
    open_ones = []
    for one in sorted(slices, key=lambda each: (each.begin, -each.end)):
        while open_ones and open_ones[-1].end <= one.begin:
            open_ones.pop()
        if open_ones and one.end > open_ones[-1].end:
            yield f"row {row}: slices of {open_ones[-1].id} and {one.id} overlap"
        open_ones.append(one)


def at(slices, time, kind):
    """Returns the ids of slices of a kind that a moment is in."""
    return {
        one.id for one in slices if one.kind == kind and one.begin <= time <= one.end
    }


def next_at(slices, time, kind):
    """Returns the ids of slices of a kind that begin first from a moment on."""
    begin = min((one.begin for one in slices if one.begin >= time), default=None)
    return {one.id for one in slices if one.kind == kind and one.begin == begin}


def greatest(spans):
    """Returns the most spans that there are at a time."""
    changes = sorted(
        change for begin, end in spans for change in ((begin, 1), (end, -1))
    )
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def check_counters(trace, rows):
    """Yields what is wrong with the counters."""
    expected = collections.defaultdict(list)
    waits = {}
    for event in trace["traceEvents"]:
        if event["ph"] == "b":
            waits[event["id"]] = nanoseconds(event["ts"])
        elif event["ph"] == "e" and event["cat"] == "queue":
            span = waits[event["id"]], nanoseconds(event["ts"])
            expected[event["pid"], "queued tasks"].append(span)
    for (pid, _), slices in rows.items():
        until = -1
        for one in sorted(slices, key=lambda each: (each.begin, -each.end)):
            if one.kind == RUN and one.end > until:
                expected[pid, "running threads"].append((max(one.begin, until), one.end))
                until = one.end
    counters = collections.defaultdict(list)
    for event in trace["traceEvents"]:
        if event["ph"] == "C":
            counters[event["pid"], event["name"]].append(event["args"]["count"])
    for counter in expected | counters:
        found, most = counters[counter], greatest(expected[counter])
        if not found or min(found) < 0 or max(found) != most or found[-1] != 0:
            yield f"counter {counter}: {found[:9]} for at most {most}"


def check_arrow(number, begins, ends, rows):
    """Yields what is wrong with an arrow."""
    if len(begins) != 1 or len(ends) != 1:
        yield f"arrow {number} has {len(begins)} begins and {len(ends)} ends"
        return
    begin, end = begins[0], ends[0]
    begin_time, end_time = nanoseconds(begin["ts"]), nanoseconds(end["ts"])
    if begin_time > end_time:
        yield f"arrow {number} ends before it begins"
    is_message = begin["cat"] == "message"
    left = at(rows[row_of(begin)], begin_time, SEND if is_message else QUEUE)
    find = at if "bp" in end else next_at
    came = find(rows[row_of(end)], end_time, RECEIVE if is_message else RUN)
    if not left & came:
        yield f"arrow {number}: from {sorted(left)} to {sorted(came)}"
    if not is_message and begin["pid"] != end["pid"]:
        yield f"arrow {number}: a task goes to another process"


def check(trace):
    """Yields what is wrong with a trace; prints how much there is."""
    rows = collections.defaultdict(list)
    named = set()
    arrows = collections.defaultdict(lambda: ([], []))
    waits = collections.Counter()
    for event in trace["traceEvents"]:
        phase = event["ph"]
        if phase == "X":
            rows[row_of(event)].append(Slice(event))
        elif phase == "M" and event["name"] == "thread_name":
            named.add(row_of(event))
        elif phase in "sf":
            arrows[event["id"]][phase == "f"].append(event)
        elif phase in "be":
            waits[event["id"]] += 1 if phase == "b" else -1
    for row, slices in rows.items():
        if row not in named:
            yield f"row {row} has no name"
        yield from check_nesting(row, slices)
    for number, (begins, ends) in arrows.items():
        yield from check_arrow(number, begins, ends, rows)
    for number in (number for number, balance in waits.items() if balance):
        yield f"wait {number} has no begin or no end"
    yield from check_counters(trace, rows)
    count = sum(len(slices) for slices in rows.values())
    messages = [ends for ends in arrows.values() if is_of_message(ends)]
    crossing = sum(
        begin["pid"] != end["pid"]
        for begins, ends in messages
        for begin in begins
        for end in ends
    )
    print(
        f"rows={len(rows)} slices={count} arrows={len(arrows)}"
        + (f" messages={len(messages)} crossing={crossing}" if messages else "")
    )


def is_of_message(arrow):
    return any(event["cat"] == "message" for ends in arrow for event in ends)


def main(paths):
    failed = False
    for path in paths:
        with open(path, encoding="ascii") as file:
            try:
                problems = list(check(json.load(file)))
            except ValueError as error:
                problems = [f"no JSON: {error}"]
        for problem in problems:
            print(f"{path}: {problem}")
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
