#!/usr/bin/env python3
"""Writes the files that a section of a page shows, and prints its commands.

Usage: readme_files.py page.md section folder

A block in ``` fences whose first line is a comment that is a file's name alone
is that file; a block of language sh that has no such line is commands.
"""

import pathlib
import re
import sys

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"(?:#|//) ([\w./]+)\n")


def main():
    page, heading, folder = sys.argv[1:]
    sections = re.split(r"^## ", pathlib.Path(page).read_text(), flags=re.MULTILINE)
    found = [text for text in sections if text.startswith(heading + "\n")]
    if len(found) != 1:
        sys.exit(f"{page}: {len(found)} sections are called {heading!r}")
    for language, block in BLOCK.findall(found[0]):
        name = NAME.match(block)
        if name:
            pathlib.Path(folder, name[1]).write_text(block)
        elif language == "sh":
            print(block, end="")
        else:
            sys.exit(f"{page}: a block without a name:\n{block}")


if __name__ == "__main__":
    main()
