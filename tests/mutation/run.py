#!/usr/bin/env python3
"""Breaks the library on purpose, once at a time, and sees a test fail.

Run from the root of the repository, as

    tests/mutation/run.py               # all mutants
    tests/mutation/run.py flow_ emit    # those whose names have one of these
    tests/mutation/run.py --list

Copies the tree, with what is not committed yet, to a temporary folder, sees
there that the tests pass, then builds and runs, for each mutant, only the tests
that must notice it. Prints a line for each: caught, and by which case; SURVIVED;
does not build. A test that hangs has noticed. Exits with 1 unless all mutants
are caught. With --folder the copy stays, and the next run builds less.

The files *.mutants next to this one have the mutants, with a blank line between
them. Each is a name, fields, and a hunk of a diff, compared without indentation
and blank lines:

    frame_scope_restores
    why: what has run leaves its frame current
    file: context/internal/flow.h
    test: //tests/context:flow_test
     const Frame* const inner = current_flow.owned;
    -current_flow = outer_;

The lines that begin with "-" or a space must stand in the file exactly once.
`test` may be there several times: each of the tests must fail. `why` says what
breaks. `config` is a configuration of .bazelrc. `runner` is a script that runs the
tests in surroundings of its own; it is given Bazel's options, and ends as Bazel
does. `survives`, with the reason, is for what no test can notice: it is not run.

An order of atomics is no mutant where a run on one kind of processor cannot
show it: tests/model explores those.
"""

import argparse
import collections
import contextlib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
FIELDS = {"why", "file", "test", "config", "runner", "survives"}
NAME = re.compile(r"\w+")
FIELD = re.compile(r"(\w+): (.+)")
LABEL = re.compile(r"//([\w/]+):(\w+)")
# What Bazel says at the end of a test that has failed, and what GoogleTest does.
FAILED_TEST = re.compile(r"^(//\S+)\s.*\b(FAILED|TIMEOUT)\b", re.MULTILINE)
FAILED_CASE = re.compile(r"^\[  FAILED  \] ([\w/.]+)", re.MULTILINE)
BEGUN_CASE = re.compile(r"^\[ RUN      \] ([\w/.]+)", re.MULTILINE)
BUILD_FAILED, TESTS_FAILED = 1, 3  # exit codes of Bazel


class Mutant:
    """One change of one file. Throws ValueError if it is not well-formed."""

    def __init__(self, block):
        lines = block.splitlines()
        self.name = lines[0]
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name")
        fields = collections.defaultdict(list)
        self.hunk = []
        for line in lines[1:]:
            field = FIELD.fullmatch(line)
            if line[0] in "-+ ":
                self.hunk.append(line)
            elif field and field[1] in FIELDS and not self.hunk:
                fields[field[1]].append(field[2])
            else:
                raise ValueError(f"{self.name}: what is {line!r}?")
        for needed in ("why", "file", "test"):
            if not fields[needed]:
                raise ValueError(f"{self.name}: has no {needed}")
        if not any(line[0] in "-+" for line in self.hunk):
            raise ValueError(f"{self.name}: changes nothing")
        self.why = " ".join(fields["why"])
        self.file = fields["file"][0]
        self.tests = fields["test"]
        self.config = "".join(fields["config"][:1])
        self.runner = "".join(fields["runner"][:1])
        self.survives = " ".join(fields["survives"])

    def applied_to(self, root):
        """Returns the text of its file under `root` with the change made.

        Throws ValueError unless what it replaces stands there once.
        """
        path = root / self.file
        if not path.is_file():
            raise ValueError(f"{self.file}: no such file")
        lines = path.read_text().splitlines(keepends=True)
        filled = [i for i, line in enumerate(lines) if line.strip()]
        bare = [lines[i].strip() for i in filled]
        old = [line[1:].strip() for line in self.hunk if line[0] != "+"]
        places = [
            place
            for place in range(len(bare) - len(old) + 1)
            if bare[place : place + len(old)] == old
        ]
        if len(places) != 1:
            raise ValueError(f"text found {len(places)} times in {self.file}")
        replaced = iter(filled[places[0] : places[0] + len(old)])
        done = filled[places[0]]  # lines of the file that are dealt with
        changed = lines[:done]
        for line in self.hunk:
            if line[0] == "+":
                changed.append(line[1:] + "\n")
                continue
            at = next(replaced)
            changed += lines[done:at]
            if line[0] == " ":
                changed.append(lines[at])
            done = at + 1
        return "".join(changed + lines[done:])

    def check(self, root):
        """Throws ValueError unless it can be applied and has its tests."""
        self.applied_to(root)
        for test in self.tests:
            label = LABEL.fullmatch(test)
            if not label or not (root / label[1] / f"{label[2]}.cc").is_file():
                raise ValueError(f"{test}: no such test")
        if self.runner and not (root / self.runner).is_file():
            raise ValueError(f"{self.runner}: no such runner")


def read_mutants():
    """Returns all mutants, by configuration, runner and file."""
    mutants = []
    for path in sorted(HERE.glob("*.mutants")):
        for block in re.split(r"\n(?:[ \t]*\n)+", path.read_text().strip()):
            lines = [line for line in block.splitlines() if line[0] != "#"]
            if lines:
                mutants.append(Mutant("\n".join(lines)))
    if not mutants:
        raise ValueError(f"{HERE}: no mutants found")
    names = [mutant.name for mutant in mutants]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name}: two mutants have this name")
    return sorted(
        mutants, key=lambda mutant: (mutant.config, mutant.runner, mutant.file)
    )


def check(mutants, root):
    """Returns whether all can be applied; says which cannot, and why."""
    good = True
    for mutant in mutants:
        try:
            mutant.check(root)
        except ValueError as error:
            print(f"{mutant.name}: {error}", file=sys.stderr)
            good = False
    return good


def copy_tree(root, to):
    """Copies the sources, in place of what is there."""
    shutil.rmtree(to, ignore_errors=True)
    ignored = shutil.ignore_patterns(".git", "bazel-*", "__pycache__")
    shutil.copytree(root, to, symlinks=True, ignore=ignored)


@contextlib.contextmanager
def tree_for(folder):
    """Yields the folder for the copy; of a temporary one nothing is left."""
    if folder:
        yield pathlib.Path(folder).resolve()
        return
    with tempfile.TemporaryDirectory(prefix="weft-mutation-") as temporary:
        tree = pathlib.Path(temporary) / "weft"
        try:
            yield tree
        finally:
            subprocess.run(
                ["./bazelw", "clean", "--expunge"],
                cwd=tree,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )


def run_tests(tree, tests, config, runner, timeout):
    """Returns Bazel's exit code and what it printed."""
    command = [f"./{runner}"] if runner else ["./bazelw", "test"]
    command += [f"--test_timeout={timeout}", "--color=no"]
    command.append("--spawn_strategy=local")  # no sandbox: it is slower
    if config:
        command.append(f"--config={config}")
    if not runner:
        command += tests
    done = subprocess.run(
        command,
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    return done.returncode, done.stdout


def failing_case(output):
    """Returns the first case that failed, or the last one that began."""
    failed = FAILED_CASE.findall(output)
    begun = BEGUN_CASE.findall(output)
    return (failed[:1] or begun[-1:] or [""])[0]


def verdict(mutant, tree, timeout):
    """Returns whether the mutant is caught, and what to say of it."""
    path = tree / mutant.file
    text = path.read_text()
    path.write_text(mutant.applied_to(tree))
    try:
        code, output = run_tests(
            tree, mutant.tests, mutant.config, mutant.runner, timeout
        )
    finally:
        path.write_text(text)
    if code == BUILD_FAILED:
        return False, "does not build\n" + output
    if code not in (0, TESTS_FAILED):
        return False, f"Bazel failed with {code}\n" + output
    failed = dict(FAILED_TEST.findall(output))
    missed = [test for test in mutant.tests if test not in failed]
    if missed:
        return False, "SURVIVED " + ", ".join(missed)
    how = " by hanging" if "TIMEOUT" in failed.values() else ""
    case = failing_case(output)
    return True, f"caught{how} by {' '.join(mutant.tests)}" + (
        f" ({case})" if case else ""
    )


def run(mutants, tree, timeout):
    """Returns how many mutants are not caught."""
    for config, runner in sorted({(m.config, m.runner) for m in mutants}):
        tests = {
            test
            for mutant in mutants
            if (mutant.config, mutant.runner) == (config, runner)
            for test in mutant.tests
        }
        code, output = run_tests(tree, sorted(tests), config, runner, timeout)
        if code != 0:
            print(output, file=sys.stderr)
            print("the tests fail without any mutant", file=sys.stderr)
            return len(mutants)
    missed = 0
    for mutant in mutants:
        caught, what = verdict(mutant, tree, timeout)
        missed += not caught
        print(f"{mutant.name}: {what}", flush=True)
    print(f"{len(mutants) - missed} caught, {missed} not")
    return missed


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="parts of names; default: all")
    parser.add_argument("--list", action="store_true", help="only list them")
    parser.add_argument(
        "--check", action="store_true", help="only see that they can be applied"
    )
    parser.add_argument("--folder", help="where the copy of the tree stays")
    parser.add_argument(
        "--timeout", type=int, default=60, help="of a test, in seconds"
    )
    options = parser.parse_args()
    root = pathlib.Path.cwd()
    try:
        mutants = read_mutants()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if options.names:
        mutants = [
            mutant
            for mutant in mutants
            if any(name in mutant.name for name in options.names)
        ]
        if not mutants:
            print(f"no mutant has a name with {options.names}", file=sys.stderr)
            return 1
    if options.list:
        for mutant in mutants:
            print(f"{mutant.name}: {mutant.file}: {mutant.survives or mutant.why}")
        return 0
    if not check(mutants, root):
        return 1
    if options.check:
        return 0
    with tree_for(options.folder) as tree:
        copy_tree(root, tree)
        wanted = [mutant for mutant in mutants if not mutant.survives]
        return bool(run(wanted, tree, options.timeout))


if __name__ == "__main__":
    sys.exit(main())
