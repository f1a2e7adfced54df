#!/usr/bin/env python3
"""Counts the test cases of one Bazel invocation from its build events.

Takes the file that --build_event_json_file wrote; prints "<passed> <failed>",
and to stderr a line for each that failed. Skipped and disabled cases count as
neither. A failure that no test case shows is one failed case all the same: a
test that exits badly after its last case, a target that does not build, an
invocation that fails or never ends.
"""

import json
import pathlib
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


def cases(test_xml):
    """Returns the number of passed and the names of failed cases."""
    passed, failed = 0, []
    for case in ElementTree.parse(test_xml).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(f"{case.get('classname', '')}.{case.get('name')}")
        elif case.get("status") != "notrun" and case.find("skipped") is None:
            passed += 1
    return passed, failed


def count_result(label, result):
    """Returns the number of passed cases and the failures of a test's run."""
    passed, failed = 0, []
    for output in result.get("testActionOutput", []):
        if output["name"] == "test.xml":
            uri = urllib.parse.urlparse(output["uri"])
            passed, failed = cases(urllib.parse.unquote(uri.path))
    if result["status"] != "PASSED" and not failed:
        failed = [result["status"]]
    return passed, [f"{label}: {case}" for case in failed]


def count(lines):
    """Returns the number of passed cases and the failures of an invocation."""
    results = {}  # the last attempt of each run of each test
    failures = []
    succeeded = False
    for line in lines:
        event = json.loads(line)
        if "testResult" in event:
            run = event["id"]["testResult"]
            key = run["label"], run["run"], run["shard"]
            results[key] = event["testResult"]
        elif "completed" in event:
            if not event["completed"].get("success", False):
                label = event["id"]["targetCompleted"]["label"]
                failures.append(f"{label}: does not build")
        elif "finished" in event:
            # Bazel leaves a code of 0 out.
            succeeded = event["finished"]["exitCode"].get("code", 0) == 0
    passed = 0
    for (label, _, _), result in results.items():
        good, bad = count_result(label, result)
        passed += good
        failures += bad
    if not succeeded and not failures:
        failures = ["the invocation"]
    return passed, failures


def main(events):
    path = pathlib.Path(events)
    passed, failures = count(path.read_text().splitlines() if path.exists() else [])
    print(passed, len(failures))
    for failure in failures:
        print(f"failed: {failure}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
