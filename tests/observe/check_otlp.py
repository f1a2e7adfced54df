#!/usr/bin/env python3
"""Checks spans that OtlpJson() has written.

    tests/observe/check_otlp.py FILE...

Each must be an ExportTraceServiceRequest in OTLP's JSON encoding: Protobuf's, but
for ids, which are hexadecimal, and enums, which are numbers. A field that is not
in the published messages is an error, and so is a span without what these
require. Ids are unique, and a parent is of the same trace and has begun no
later. Prints what is wrong, or how much there is; exits with 1 or 0.
"""

import json
import re
import sys

ATTRIBUTES = {"attributes": ["KeyValue"], "droppedAttributesCount": "uint32"}
# The fields of opentelemetry.proto's messages; those in a list are repeated.
MESSAGES = {
    "ExportTraceServiceRequest": {"resourceSpans": ["ResourceSpans"]},
    "ResourceSpans": {
        "resource": "Resource",
        "scopeSpans": ["ScopeSpans"],
        "schemaUrl": "string",
    },
    "Resource": ATTRIBUTES,
    "ScopeSpans": {
        "scope": "InstrumentationScope",
        "spans": ["Span"],
        "schemaUrl": "string",
    },
    "InstrumentationScope": {"name": "string", "version": "string", **ATTRIBUTES},
    "Span": {
        "traceId": "bytes16",
        "spanId": "bytes8",
        "traceState": "string",
        "parentSpanId": "bytes8",
        "flags": "uint32",
        "name": "string",
        "kind": "SpanKind",
        "startTimeUnixNano": "fixed64",
        "endTimeUnixNano": "fixed64",
        "events": ["Event"],
        "droppedEventsCount": "uint32",
        "links": ["Link"],
        "droppedLinksCount": "uint32",
        "status": "Status",
        **ATTRIBUTES,
    },
    "Event": {"timeUnixNano": "fixed64", "name": "string", **ATTRIBUTES},
    "Link": {
        "traceId": "bytes16",
        "spanId": "bytes8",
        "traceState": "string",
        "flags": "uint32",
        **ATTRIBUTES,
    },
    "Status": {"message": "string", "code": "StatusCode"},
    "KeyValue": {"key": "string", "value": "AnyValue"},
    "AnyValue": {
        "stringValue": "string",
        "boolValue": "bool",
        "intValue": "int64",
        "doubleValue": "double",
        "arrayValue": "ArrayValue",
    },
    "ArrayValue": {"values": ["AnyValue"]},
}
REQUIRED = ("traceId", "spanId", "name", "startTimeUnixNano", "endTimeUnixNano")


def is_id(value, length):
    """Is it that many bytes, and not all zeros?"""
    pattern = r"(?!0*$)[0-9a-fA-F]{%d}" % (2 * length)
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def is_integer(value, least, limit):
    """Is it one of 64 bits, which JSON has as a string?"""
    return (
        isinstance(value, str)
        and re.fullmatch(r"-?\d+", value) is not None
        and least <= int(value) < limit
    )


def is_number(value, limit):
    return type(value) is int and 0 <= value < limit


SCALARS = {
    "string": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "double": lambda value: type(value) in (int, float),
    "uint32": lambda value: is_number(value, 2**32),
    "fixed64": lambda value: is_integer(value, 0, 2**64),
    "int64": lambda value: is_integer(value, -(2**63), 2**63),
    "bytes16": lambda value: is_id(value, 16),
    "bytes8": lambda value: is_id(value, 8),
    "SpanKind": lambda value: is_number(value, 6),
    "StatusCode": lambda value: is_number(value, 3),
}


def check_field(value, kind, where):
    """Yields what is wrong with a value of a kind."""
    if isinstance(kind, list):
        if not isinstance(value, list):
            yield f"{where}: no list"
            return
        for index, one in enumerate(value):
            yield from check_field(one, kind[0], f"{where}[{index}]")
        keys = [one.get("key") for one in value] if kind == ["KeyValue"] else []
        if len(set(keys)) != len(keys):
            yield f"{where}: an attribute comes twice"
    elif kind in SCALARS:
        if not SCALARS[kind](value):
            yield f"{where}: no {kind}: {value!r}"
    elif not isinstance(value, dict):
        yield f"{where}: no {kind}"
    else:
        for name, one in value.items():
            if name in MESSAGES[kind]:
                yield from check_field(one, MESSAGES[kind][name], f"{where}.{name}")
            else:
                yield f"{where}: a {kind} has no {name}"
        if kind == "AnyValue" and len(value) != 1:
            yield f"{where}: {len(value)} values"
        if kind == "Span":
            for name in REQUIRED:
                if not value.get(name):
                    yield f"{where}: no {name}"


def check_spans(spans):
    """Yields what is wrong with spans, each of which is one."""
    by_id = {span["spanId"]: span for span in spans}
    if len(by_id) != len(spans):
        yield f"{len(spans)} spans have {len(by_id)} ids"
    for span in spans:
        begin, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
        if begin > end:
            yield f"{span['spanId']} ends before it begins"
        parent = by_id.get(span.get("parentSpanId"))
        if parent is None:
            continue
        if parent["traceId"] != span["traceId"]:
            yield f"{span['spanId']} has a parent of another trace"
        if int(parent["startTimeUnixNano"]) > begin:
            yield f"{span['spanId']} begins before its parent"
    traces = {span["traceId"] for span in spans}
    children = sum(span.get("parentSpanId") in by_id for span in spans)
    print(f"spans={len(spans)} traces={len(traces)} children={children}")


def check(request):
    """Yields what is wrong with a request; prints how much there is."""
    problems = list(check_field(request, "ExportTraceServiceRequest", "request"))
    yield from problems
    if problems:
        return
    yield from check_spans(
        [
            span
            for resource in request["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]
    )


def main(paths):
    failed = False
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for problem in check(json.load(file)):
                print(f"{path}: {problem}")
                failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
