#!/usr/bin/env python3
"""Counts the test cases of one Bazel invocation from its build events.

Takes the file that --build_event_json_file wrote; prints "<passed> <failed>".
Skipped and disabled cases count as neither. A failure that no test case shows
is one failed case all the same: a test that exits badly after its last case, a
target that does not build, an invocation that fails or never ends.
"""

import json
import pathlib
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


def cases(test_xml):
    """Returns the numbers of passed and of failed cases in a test.xml."""
    passed = failed = 0
    for case in ElementTree.parse(test_xml).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.get("status") != "notrun" and case.find("skipped") is None:
            passed += 1
    return passed, failed


def count_result(result):
    """Returns the numbers of passed and failed cases of one test's run."""
    passed = failed = 0
    for output in result.get("testActionOutput", []):
        if output["name"] == "test.xml":
            uri = urllib.parse.urlparse(output["uri"])
            passed, failed = cases(urllib.parse.unquote(uri.path))
    if result["status"] != "PASSED":
        failed = max(failed, 1)
    return passed, failed


def count(lines):
    """Returns the numbers of passed and failed cases of an invocation."""
    results = {}  # the last attempt of each run of each test
    failed_targets = 0
    succeeded = False
    for line in lines:
        event = json.loads(line)
        if "testResult" in event:
            run = event["id"]["testResult"]
            key = run["label"], run["run"], run["shard"]
            results[key] = event["testResult"]
        elif "completed" in event:
            failed_targets += not event["completed"].get("success", False)
        elif "finished" in event:
            # Bazel leaves a code of 0 out.
            succeeded = event["finished"]["exitCode"].get("code", 0) == 0
    counts = [count_result(result) for result in results.values()]
    passed = sum(p for p, _ in counts)
    failed = sum(f for _, f in counts) + failed_targets
    return passed, failed if succeeded else max(failed, 1)


def main(events):
    path = pathlib.Path(events)
    print(*count(path.read_text().splitlines() if path.exists() else []))


if __name__ == "__main__":
    main(sys.argv[1])
