#!/usr/bin/env python3
"""Checks that the tests and files that documents point at exist.

Takes the documents' paths, relative to the root, in which it is run. In each

* a link names a file, relative to the document, that exists;
* `Suite.Test` stands as the text of a link to the file that has that test, and
  `name_test` or `name_model` as that of one to the file of that name;
* each row of a table whose last column is "Test", and each section under `###`,
  has such a link;
* a path in backquotes, as `executor/future.h`, is one from the root or the
  document.

Prints each error as "<document>:<line>: <what>: <why>".
"""

import pathlib
import re
import sys

LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
TEST = re.compile(r"`([A-Z]\w*)\.([A-Z]\w*)`")
FILE = re.compile(r"`(\w+_(?:test|model))`")
PATH = re.compile(r"`((?:\w+/)+[\w.]*)`")
DEFINITION = re.compile(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)")
RULE = re.compile(r"\|[-:| ]+\|")


def tests_of(path):
    """Returns the tests that a source file defines, as pairs of names."""
    return set(DEFINITION.findall(path.read_text()))


def errors_of_line(line, folder):
    """Yields what is wrong with the links and names in a line, and why."""
    for text, target in LINK.findall(line):
        path = folder / target
        if not path.exists():
            yield target, "no such file"
            continue
        for test in TEST.findall(text):
            if test not in tests_of(path):
                yield ".".join(test), f"not in {target}"
        for name in FILE.findall(text):
            if path.stem != name:
                yield name, f"is not {target}"
    rest = LINK.sub("", line)
    for test in TEST.findall(rest):
        yield ".".join(test), "does not link to its file"
    for name in FILE.findall(rest):
        yield name, "does not link to its file"
    for path in PATH.findall(line):
        if not pathlib.Path(path).exists() and not (folder / path).exists():
            yield path, "no such file"


def errors_of(document):
    """Yields the errors of a document, with the numbers of their lines."""
    lines = document.read_text().splitlines()
    in_table = False  # below the rule that ends the head of one with tests
    untested = None  # the section's number and heading, while no test is seen
    found = 0
    for number, line in enumerate(lines, start=1):
        for what, why in errors_of_line(line, document.parent):
            yield number, what, why
        tests = sum(
            bool(TEST.search(text) or FILE.search(text))
            for text, _ in LINK.findall(line)
        )
        found += tests
        if tests:
            untested = None
        elif line.startswith("#"):
            if untested:
                yield *untested, "a section without a test"
            untested = (number, line[4:]) if line.startswith("### ") else None
        if not line.startswith("|"):
            in_table = False
        elif RULE.fullmatch(line):
            head = lines[number - 2].strip("| ")
            in_table = head.split("|")[-1].strip() == "Test"
        elif in_table and not tests:
            yield number, line.split("|")[1].strip(), "a row without a test"
    if untested:
        yield *untested, "a section without a test"
    if not found:
        yield len(lines), "the document", "names no test"


def main(names):
    failed = False
    for name in names:
        for number, what, why in errors_of(pathlib.Path(name)):
            print(f"{name}:{number}: {what}: {why}", file=sys.stderr)
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else __doc__)
