#!/usr/bin/env python3
"""Makes a program of a guide's examples, and what it is to print.

Usage: guide_examples.py page.md program.cc expected.txt

An example is a ```cpp block: lines of #include, then statements as in the body
of a function. A ```text block right behind it is what it prints; without one it
prints nothing. The program runs the example whose line it is given; without an
argument it prints the lines of all.
"""

import pathlib
import sys


def blocks(lines):
    """Yields (language, first line's number, lines) of each fenced block."""
    language = None
    for number, line in enumerate(lines, start=1):
        if language is None and line.startswith("```"):
            language, first, body = line[3:].strip(), number + 1, []
        elif line == "```":
            yield language, first, body
            language = None
        elif language is not None:
            body.append(line)


def examples(page):
    """Returns (first line's number, lines, what they print) of each example."""
    found = []
    end = None  # of the example before, if nothing but empty lines followed
    lines = page.read_text().splitlines()
    for language, first, body in blocks(lines):
        if language == "cpp":
            found.append((first, body, []))
            end = first + len(body)
        elif language == "text" and end is not None:
            if not any(line.strip() for line in lines[end : first - 2]):
                found[-1] = found[-1][:2] + (body,)
            end = None
        else:
            end = None
    return found


def main():
    page, program, expected = map(pathlib.Path, sys.argv[1:])
    found = examples(page)
    if not found:
        sys.exit(f"{page}: no ```cpp block")
    includes = {"#include <iostream>", "#include <string_view>"}
    functions, calls, output = [], [], []
    for first, body, prints in found:
        is_include = [line.startswith("#include ") for line in body]
        includes.update(l for l, yes in zip(body, is_include) if yes)
        start = len(body) - is_include[::-1].index(True) if any(is_include) else 0
        functions += [
            f"void Example{first}() {{",
            f'#line {first + start} "{page}"',
            *body[start:],
            "}",
        ]
        calls.append(f'  if (example == "{first}") return Example{first}(), 0;')
        output += [f"== {first}", *prints]
    program.write_text(
        "\n".join(
            [*sorted(includes), "", "namespace {", "", *functions, "", "}  // namespace"]
            + ["", "int main(int argc, char** argv) {"]
            + ['  const std::string_view example = argc > 1 ? argv[1] : "";']
            + calls
            + [f'  std::cout << "{first}\\n";' for first, _, _ in found]
            + ["}", ""]
        )
    )
    expected.write_text("\n".join([*output, ""]))


if __name__ == "__main__":
    main()
