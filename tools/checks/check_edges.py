#!/usr/bin/env python3
"""Fails if the tag of an edge is not defined exactly once.

Run from the root of the repository; the arguments are the folders to check.

A tag, such as [G1], names a pair of atomic operations that order what threads
see of each other. It is defined where a comment begins with it, three spaces
in, as in a list of edges; elsewhere it refers to that.
"""

import collections
import pathlib
import re
import sys

TAG = re.compile(r"\[([A-Z]+[0-9]+)\]")
DEFINITION = re.compile(r"\s*//   \[([A-Z]+[0-9]+)\]")


def main(folders):
    defined = collections.defaultdict(list)
    used = {}
    for folder in folders:
        for file in sorted(pathlib.Path(folder).rglob("*")):
            if file.suffix not in {".h", ".cc"}:
                continue
            for number, line in enumerate(file.read_text().splitlines(), 1):
                if definition := DEFINITION.match(line):
                    defined[definition[1]].append(f"{file}:{number}")
                code, _, comment = line.partition("//")
                for tag in TAG.findall(comment):
                    used.setdefault(tag, f"{file}:{number}")
    errors = [] if used else ["no edges found; run from the root"]
    for tag, where in sorted(used.items()):
        if not defined[tag]:
            errors.append(f"{where}: [{tag}] is defined nowhere")
        for again in defined[tag][1:]:
            errors.append(f"{again}: [{tag}] is defined at {defined[tag][0]}")
    for error in errors:
        print(error, file=sys.stderr)
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
