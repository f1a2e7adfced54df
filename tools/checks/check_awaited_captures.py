#!/usr/bin/env python3
"""Fails if an expression that awaits makes a lambda with captures by value.

Usage: check_awaited_captures.py file-or-folder...

    co_await executor.Submit([name] { ... });   // name is destroyed twice
    co_await Load(Query{.user = name});         // and here

g++ before 13 copies the members of a lambda or of an aggregate that such an
expression makes bit by bit into the frame of the coroutine, and destroys them
twice (GCC bugs 99576, 100611). It is no matter what function they are given to,
how, or at which level of optimization. Captures by reference are right, and so is

    weft::Future<Page> page = executor.Submit([name] { ... });  // its own statement
    co_await std::move(page);

    co_await executor.Submit(std::bind_front(Render, name));

Looked at are the statements in which `co_await` stands; the bodies of lambdas in
them are statements of their own. Aggregates are known by `{.name = ...}`, others
are not found. Whether members have destructors cannot be told: a line is accepted
if `// trivially copied` stands on it or on the one before. Of Markdown the blocks
of C++ are looked at.
"""

import pathlib
import re
import sys

ACCEPTED = re.compile(r"//\s*trivially copied\b")
TOKEN = re.compile(
    r'(?P<skip>\s+|//[^\n]*|/\*.*?\*/|^[ \t]*\#(?:[^\n\\]|\\.)*$)'
    r'|(?P<text>(?:u8|[uUL])?R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"'
    r'|(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"|(?:u8|[uUL])?\'(?:\\.|[^\'\\\n])+\')'
    r"|(?P<word>[A-Za-z_]\w*|\.?[0-9](?:[\w.]|'\w|(?<=[eEpP])[+-])*)"
    r"|(?P<mark>->\*?|::|\[\[|\]\]|\.\.\.|&&|.)",
    re.DOTALL | re.MULTILINE,
)
PARTNER = {"(": ")", "[": "]", "{": "}", "[[": "]]"}
# A `[` behind these begins a lambda although they are words.
BEFORE_LAMBDA = {"return", "co_return", "co_await", "co_yield", "throw", "case",
                 "else", "do", "and", "or", "not"}
CONTROLS = {"if", "for", "while", "switch", "catch"}
SUFFIXES = {".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".ipp", ".md"}


def code_of_markdown(text):
    """Blanks all but the blocks of C++, so that lines stay."""
    inside, kept = None, []
    for line in text.split("\n"):
        if line.lstrip().startswith("```"):
            inside = None if inside is not None else line.strip("` ").lower()
            kept.append("")
        else:
            kept.append(line if inside in ("cpp", "c++", "cc") else "")
    return "\n".join(kept)


class Source:
    def __init__(self, text):
        self.lines = text.split("\n")
        self.tokens, self.at = [], []  # and the line of each
        line = 1
        for found in TOKEN.finditer(text):
            if not found["skip"]:
                self.tokens.append('""' if found["text"] else found[0])
                self.at.append(line)
            line += found[0].count("\n")
        self.split_marks()
        self.partner = self.partners()
        self.problems = set()

    def split_marks(self):
        """`[[` of a subscript that is a lambda, `]]` of one within another."""
        tokens, at, opened = [], [], []
        for token, line in zip(self.tokens, self.at):
            if token == "[[" and tokens and (is_operand(tokens[-1])):
                parts = ["[", "["]
            elif token == "]]" and opened and opened[-1] == "[":
                parts = ["]", "]"]
            else:
                parts = [token]
            for part in parts:
                if part in ("[", "[["):
                    opened.append(part)
                elif part in ("]", "]]") and opened:
                    opened.pop()
            tokens += parts
            at += [line] * len(parts)
        self.tokens, self.at = tokens, at

    def partners(self):
        partner, opened = {}, []
        for i, token in enumerate(self.tokens):
            if token in PARTNER:
                opened.append(i)
            elif token in PARTNER.values():
                while opened and PARTNER[self.tokens[opened[-1]]] != token:
                    opened.pop()
                if opened:
                    partner[i] = opened.pop()
                    partner[partner[i]] = i
        return partner

    def is_lambda(self, i):
        if self.tokens[i] != "[" or i not in self.partner:
            return False
        return i == 0 or not is_operand(self.tokens[i - 1])

    def body_of(self, i):
        """The `{` of the lambda that begins at `i`, or None."""
        i = self.partner[i] + 1
        while i < len(self.tokens) and self.tokens[i] != "{":
            if self.tokens[i] in ("(", "[["):
                i = self.partner.get(i, len(self.tokens))
            elif self.tokens[i] in (";", ")", "]", "}", ","):
                return None
            i += 1
        return i if i < len(self.tokens) and i in self.partner else None

    def captures_by_value(self, i):
        end, k = self.partner[i], i + 1
        first = True  # of a capture
        while k < end:
            token = self.tokens[k]
            if first and token == "...":
                k += 1
                continue
            if first and token not in ("&", "this"):
                return True
            first = token == ","
            k = self.partner[k] + 1 if token in PARTNER else k + 1
        return False

    def begins_block(self, i):
        """Is the `{` at `i` that of statements, not of a list of values?"""
        if i == 0:
            return True
        before = self.tokens[i - 1]
        if before in (")", ";", "{", "}", ":", "else", "do", "try", "const",
                      "noexcept", "mutable", "override", "final", "&&"):
            return True
        k = i - 1  # behind a return type: ") -> std::vector<int> {"
        while k > 0 and self.tokens[k] not in (";", "{", "}", "(", "="):
            if self.tokens[k] == "->":
                return self.tokens[k - 1] in (")", "]", "mutable", "noexcept")
            k = self.partner[k] - 1 if self.tokens[k] == ")" and k in (
                self.partner) else k - 1
        return False

    def begin_of_statement(self, i):
        i -= 1
        while i >= 0:
            token = self.tokens[i]
            if token == ";":
                return i + 1
            if token == "{" and self.begins_block(i):
                return i + 1
            if token == "}":
                after = self.tokens[i + 1] if i + 1 < len(self.tokens) else ""
                if after not in (",", ")", "(", ".", "->", "]", "?", ":", "+"):
                    return i + 1
            if token in (")", "]", "}", "]]"):
                i = self.partner.get(i, 0)
            i -= 1
        return 0

    def check_from(self, i):
        """Looks at the expression that begins at `i`, to its end."""
        while i < len(self.tokens):
            token = self.tokens[i]
            if token == ";" or token == "}" and self.begins_block(
                self.partner.get(i, 0)
            ):
                return
            if self.is_lambda(i):
                body = self.body_of(i)
                if body is not None:
                    if self.captures_by_value(i):
                        self.report(i)
                    i = self.partner[body] + 1
                    continue
            if token == "{" and self.begins_block(i):
                return
            if token == "{" and self.tokens[i + 1 : i + 2] == ["."]:
                self.report(i)
            i += 1

    def report(self, i):
        line = self.at[i]
        if not any(map(ACCEPTED.search, self.lines[max(line - 2, 0) : line])):
            self.problems.add(line)

    def check(self):
        for i, token in enumerate(self.tokens):
            if token == "co_await":
                self.check_from(self.begin_of_statement(i))
        return sorted(self.problems)


def is_operand(token):
    if token in (")", "]", '""'):
        return True
    return re.match(r"\w", token) is not None and token not in BEFORE_LAMBDA


def files(arguments):
    for argument in map(pathlib.Path, arguments):
        if argument.is_dir():
            yield from sorted(
                path
                for path in argument.rglob("*")
                if path.suffix in SUFFIXES and path.is_file()
            )
        else:
            yield argument


def main():
    found = list(files(sys.argv[1:]))
    if not found:
        sys.exit("no sources")
    failed = False
    for path in found:
        text = path.read_text(errors="replace")
        if path.suffix == ".md":
            text = code_of_markdown(text)
        for line in Source(text).check():
            print(
                f"{path}:{line}: made in an expression that awaits: g++ before 13 "
                "destroys the captures or members twice",
                file=sys.stderr,
            )
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
