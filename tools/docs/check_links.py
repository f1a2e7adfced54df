#!/usr/bin/env python3
"""Checks that documents lead where they say, and that readers find all of them.

Takes the documents' paths, relative to the root, in which it is run; the first is
where readers begin. In each

* a link, or the source of a picture, names a file, relative to the document, and
  after `#` a heading in it;
* a file in backquotes, as `executor/future.h`, is one from the root; a header may
  be named as it is included, `weft/executor/future.h`.

Each is reached from the first one by links. Prints each error as
"<document>:<line>: <what>: <why>".
"""

import os
import pathlib
import re
import sys

LINK = re.compile(r'\]\(([^)\s]+)\)|\bsrc(?:set)?="([^"]+)"')
FILE = re.compile(r"`((?:\w+/)+\w+\.\w+)`")
HEADING = re.compile(r"#+ (.*)")


def text_lines(path):
    """Yields (number, line) of the lines that are in no block of code."""
    is_code = False
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if line.startswith("```"):
            is_code = not is_code
        elif not is_code:
            yield number, line


def anchors_of(path):
    """Returns the names by which links reach the headings of a document."""
    names = set()
    for _, line in text_lines(path):
        if heading := HEADING.fullmatch(line):
            words = re.sub(r"[^\w\- ]", "", heading[1].lower())
            names.add(words.replace(" ", "-"))
    return names


def errors_of(document, reached):
    """Yields (line, what, why) of each error; adds what is linked to `reached`."""
    for number, line in text_lines(document):
        for match in LINK.finditer(line):
            target = match[1] or match[2]
            if "://" in target:
                continue
            name, _, anchor = target.partition("#")
            path = document
            if name:
                path = pathlib.Path(os.path.normpath(document.parent / name))
            reached.add(path)
            if not path.exists():
                yield number, target, "no such file"
            elif anchor and anchor not in anchors_of(path):
                yield number, target, "no such heading"
        for path in FILE.findall(line):
            if not pathlib.Path(path.removeprefix("weft/")).exists():
                yield number, path, "no such file"


def main(names):
    documents = [pathlib.Path(name) for name in names]
    links, errors = {}, []
    for document in documents:
        links[document] = set()
        for number, what, why in errors_of(document, links[document]):
            errors.append(f"{document}:{number}: {what}: {why}")
    found = {documents[0]}
    new = set(found)
    while new:
        new = set().union(*(links.get(document, set()) for document in new)) - found
        found |= new
    for document in documents:
        if document not in found:
            errors.append(f"{document}:1: {document}: not reached from {documents[0]}")
    for error in errors:
        print(error, file=sys.stderr)
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else __doc__)
