#!/usr/bin/env python3
"""Prints a header as Doxygen reads it: its comments are documentation.

Usage: filter.py header.h

* A comment belongs to what follows it, up to an empty line or another comment:
  to all of a few declarations that stand together.
* A comment behind a declaration, on its line, belongs to that.
* A line with the name alone, on top of a comment, is left out; the comment that
  begins with the file's is the file's.
* `Lifetime: ...` and its like become items of a list; what is indented behind an
  empty line becomes a block as it is.
* Moves, copies and comparisons that are as usual, and the kind of an event, need no
  words.
* Private namespaces, whose names end in `_internal`, are left out.
* ::grpc is written gRPC: Doxygen would take it for weft::grpc.
"""

import pathlib
import re
import sys

COMMENT = re.compile(r"(\s*)//(?!/) ?(.*)")
BEHIND = re.compile(r"(\s*[^\s/].*?[;,])\s+// (.*)")
USUAL = re.compile(
    r"\s*(\w+)(\(\1(<\w+>)?&&( \w+)?\)|\(const \1&( \w+)?\)|& operator=\((const )?\1&&?"
    r"( \w+)?\)).*(;|\{)"
    r"|\s*(friend .*|bool )operator(==|<=>)\(.*= default;"
    r"|\s*using (?P<base>\w+)::(?P=base);|\s*static constexpr HookEvent kKind = "
)
RULE = re.compile(r"-{20,}")
TITLE = re.compile(r"[\w:]+(\(\))?(, [\w:]+(\(\))?)*")
FIELD = re.compile(r"([A-Z][a-z-]+(?: \w+){0,2}|fork\(\)): (.*)")
FILE = re.compile(r"\w+/[\w/]+\.h")
OTHERS = re.compile(r"(?<!\w)::grpc::")
PRIVATE = re.compile(r"namespace (\w+_internal) \{")
# What has others inside, or is no declaration; a value of an enumeration.
NO_MEMBER = re.compile(r"\s*(class|struct|enum|namespace|public:|private:|#|k[A-Z])")


def indent(line):
    return len(line) - len(line.lstrip())


def declarations(lines):
    """Returns how many declarations begin in lines that stand together."""
    level = [l for l in lines if indent(l) == indent(lines[0]) and l.strip()[0] != "}"]
    return sum(not before.lstrip().startswith("template <") for before in ["", *level[:-1]])


def is_group(lines):
    """True for several functions or variables, which share what is said above."""
    firsts = [line for line in lines if not line.lstrip().startswith("template <")]
    return bool(firsts) and not NO_MEMBER.match(firsts[0]) and declarations(lines) > 1


def documentation(margin, comment):
    """Returns a comment's lines as documentation."""
    if len(comment) > 1 and not comment[1]:
        if FILE.fullmatch(comment[0]):
            comment[0] = "@file"
        elif TITLE.fullmatch(comment[0]):
            comment = comment[2:]
    lines, before, is_block = [], "", False
    for text in comment:
        if text:
            is_block = text.startswith("  ") and (is_block or not before)
        if is_block and text:
            text = "    " + text
        elif field := FIELD.fullmatch(text):
            text = f"- **{field[1]}:** {field[2]}"
        lines.append(f"{margin}/// {text}".rstrip())
        before = text
    return lines


def without_private(lines):
    end = None  # of the private namespace, if inside
    for line in lines:
        if private := PRIVATE.match(line):
            end = f"}}  // namespace {private[1]}"
        if end is None and not line.startswith(("// Copyright", "// SPDX")):
            yield line
        if line == end:
            end = None


def documented(lines):
    """Yields the lines with documentation in the place of comments."""
    number = 0
    while number < len(lines):
        margin, comment = "", []
        while number < len(lines) and (match := COMMENT.fullmatch(lines[number])):
            margin = match[1]
            if not RULE.fullmatch(match[2]):
                comment.append(match[2])
            number += 1
        group = []
        while number < len(lines) and lines[number].strip():
            line = lines[number]
            if COMMENT.fullmatch(line) or comment and indent(line) < len(margin):
                break
            if USUAL.match(line) and (not comment or indent(line) > len(margin)):
                group.append(f"{' ' * indent(line)}/// As usual.")
            group.append(BEHIND.sub(r"\1  ///< \2", line))
            number += 1
        text = documentation(margin, comment)
        if text and is_group(group):
            yield from [margin + "///@{", "", *text, *group, margin + "///@}"]
        else:
            yield from text + group
        if number < len(lines) and not lines[number].strip():
            yield ""
            number += 1
        elif number < len(lines) and comment and indent(lines[number]) < len(margin):
            yield lines[number]
            number += 1


def main():
    lines = pathlib.Path(sys.argv[1]).read_text().splitlines()
    text = "\n".join(documented(list(without_private(lines))))
    print(OTHERS.sub("gRPC::", text))


if __name__ == "__main__":
    main()
