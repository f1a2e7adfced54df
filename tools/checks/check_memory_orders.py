#!/usr/bin/env python3
"""Fails if an atomic operation does not say which edge its order belongs to.

Run from the root of the repository; the arguments are the folders to check.

A memory order needs a comment on its line or within the six lines above, with
the tag of an edge, such as [G1]; a relaxed one may say `relaxed: why` instead.
An operation must name its order: the default hides a decision. Operators hide
it too; they are found for atomics declared in the same file. Fences and
`consume` are not used at all: ThreadSanitizer cannot see a fence.
"""

import pathlib
import re
import sys

LINES_ABOVE = 6
TAG = re.compile(r"\[[A-Z]+[0-9]+\]")
WHY_RELAXED = re.compile(r"\brelaxed: \S")

# Comments, string literals and character literals, raw strings included. A '
# after a digit separates digits.
COMMENT_OR_LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"'
    r"|\"(?:\\.|[^\"\\\n])*\"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)
ORDER = re.compile(r"\bmemory_order(?:_|::)(\w+)")
FENCE = re.compile(r"\batomic_(?:thread|signal)_fence\b")
OPERATION = re.compile(
    r"(?:\.|->)\s*(load|store|exchange|compare_exchange_(?:weak|strong)"
    r"|fetch_\w+|test_and_set)\s*(\()"
)
ATOMIC = re.compile(r"\batomic(?:_flag|_\w+|<[^;{}()=]*>)\s+(\w+)\s*[;{=(]")


def blank(text):
    """Replaces all but the line ends by spaces, so that positions stay."""
    return re.sub(r"[^\n]", " ", text)


def split(text):
    """Returns the code and the comments, each alone, laid out as `text`."""
    code, comments, end = [], [], 0
    for found in COMMENT_OR_LITERAL.finditer(text):
        before = text[end : found.start()]
        is_comment = found[0].startswith("/")
        code += [before, blank(found[0])]
        comments += [blank(before), found[0] if is_comment else blank(found[0])]
        end = found.end()
    code.append(text[end:])
    return "".join(code), "".join(comments)


def arguments(code, opening):
    """Returns the text between the parenthesis at `opening` and its partner."""
    depth = 0
    for position in range(opening, len(code)):
        depth += {"(": 1, ")": -1}.get(code[position], 0)
        if depth == 0:
            return code[opening + 1 : position]
    return code[opening + 1 :]


def check(text):
    """Yields (line number, what is wrong) for each finding in a source."""
    code, comments = split(text)
    comment_lines = comments.splitlines()

    def line_of(position):
        return code.count("\n", 0, position) + 1

    for order in ORDER.finditer(code):
        line = line_of(order.start())
        near = "\n".join(comment_lines[max(0, line - 1 - LINES_ABOVE) : line])
        if order[1] == "consume":
            yield line, "memory_order_consume is not used here"
        elif not TAG.search(near) and order[1] != "relaxed":
            yield line, f"{order[0]} has no edge tag such as [G1]"
        elif not TAG.search(near) and not WHY_RELAXED.search(near):
            yield line, f"{order[0]} has neither an edge tag nor 'relaxed: why'"
    for fence in FENCE.finditer(code):
        yield line_of(fence.start()), f"{fence[0]}: use ordered operations"
    for operation in OPERATION.finditer(code):
        # An order may also come in as a parameter of the enclosing function, or
        # be named in a struct of orders, which tests can replace.
        given = arguments(code, operation.start(2))
        if not re.search(r"\b(memory_)?order|\bOrders::k", given):
            yield line_of(operation.start()), f"{operation[1]}() names no order"
    for name in {atomic[1] for atomic in ATOMIC.finditer(code)}:
        # Not after a type: that is the declaration.
        operators = (
            rf"(?:\+\+|--){name}\b"
            rf"|(?<![\w>*&] )\b{name}\s*(?:\+\+|--|[-+&|^]?=(?!=))"
        )
        for use in re.finditer(operators, code):
            yield line_of(use.start()), f"{name}: an operator names no order"


def main(folders):
    files = [
        file
        for folder in folders
        for pattern in ("*.h", "*.cc")
        for file in pathlib.Path(folder).rglob(pattern)
    ]
    errors = [
        f"{file}:{line}: {what}"
        for file in sorted(files)
        for line, what in sorted(check(file.read_text()))
    ]
    if not files:
        errors.append("no sources found; run from the root")
    for error in errors:
        print(error, file=sys.stderr)
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
