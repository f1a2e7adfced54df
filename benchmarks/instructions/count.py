#!/usr/bin/env python3
"""Counts instructions, loads and stores of Weft's operations, and of others'.

Run from the root of the repository, as

    benchmarks/instructions/count.py             # all, beside the table
    benchmarks/instructions/count.py fork 'group|strand'
    benchmarks/instructions/count.py --check     # fails unless the table holds
    benchmarks/instructions/count.py --update    # writes the table anew

Names are regular expressions that are found in those of the operations; without
any, --check leaves out the peers', which no change of Weft's can alter. Options
that this does not know go to Bazel, as `--jobs=1`.

The table is counts.tsv. An operation counts as what it takes on average when it
is done 16,384 times more, in all threads: cachegrind counts two runs, and start,
end and whatever comes once cancel out. What is left is a thread that looks for
work once more or less before it sleeps, one instruction or two an operation; so
what differs is counted again, and must differ three times to fail. An
instruction that reads, changes and writes one address counts as a load.

Counts are the same on any x86-64 with the same compiler and libraries: valgrind
runs one thread at a time, on one processor, and glibc is told to use nothing that
some processors lack. So each must be within 2 % of the table's, or half an
instruction. One that is lower must be written down too, so that it stays.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

TARGET = "//benchmarks/instructions"
TABLE = pathlib.Path("benchmarks/instructions/counts.tsv")
HEADER = """\
# Instructions, loads and stores of one operation: Debian 12, g++ 12.2, -c opt.
# `benchmarks/instructions/count.py` counts them again, with --update into this
# file; CI fails where one of Weft's is not near what stands here.
# After a change that is meant to alter some, name only those: `--update fork`.
"""
COLUMNS = ("instructions", "loads", "stores")
# Even the few are more than what a deque needs to find that nobody steals.
FEW, MANY = 4 * 1024, 20 * 1024
TOLERANCE, LEAST_TOLERANCE = 0.02, 0.5
# How often what differs is counted again: a thread may have looked for work often.
AGAIN = 2

# What one operation may take at most: instructions and, where given, stores.
BUDGETS = {
    "fork": (90, 16),
    "group task": (250, 45),
    "detached task": (280, 50),
    "Run": (45, None),
    "GetStore": (8, None),
    "hook event": (20, None),
}

# Counted for other rows alone: the loop around each operation, and a resource of
# four events without a hook and with one.
LOOP, UNWATCHED, WATCHED = "loop", "resource", "resource, hook"
HOOK_EVENT, EVENTS = "hook event", 4
# Those that do so little that the loop counts.
WITHOUT_LOOP = {"GetStore", "Run"}

# The first of the peers', in the program's order.
FIRST_PEER = "oneTBB task_group, fork"

# Leaves glibc what every x86-64 has.
TUNABLES = "glibc.cpu.hwcaps=" + ",".join(
    f"-{feature}"
    for feature in """
        AVX AVX2 AVX512F AVX512VL AVX512BW AVX_Fast_Unaligned_Load ERMS FSRM BMI1
        BMI2 LZCNT MOVBE POPCNT RTM SSE3 SSSE3 SSE4_1 SSE4_2 Fast_Unaligned_Copy
        Prefer_No_VZEROUPPER XSAVEC""".split()
)
COUNTS = re.compile(
    r"I +refs: +([\d,]+).*D +refs: +[\d,]+ +\(([\d,]+) rd +\+ ([\d,]+) wr\)", re.DOTALL
)


def build(bazel_options):
    """Returns the path of the program, and the names of its operations."""
    subprocess.run(["tools/install_packages.sh", "valgrind"], check=True)
    options = ["-c", "opt", *bazel_options]
    subprocess.run(["./bazelw", "build", *options, TARGET], check=True)
    folder = subprocess.run(
        ["./bazelw", "info", *options, "bazel-bin"],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout.strip()
    program = pathlib.Path(folder) / "benchmarks/instructions/instructions"
    names = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True)
    return program, names.stdout.splitlines()


def use_one_processor():
    """Oversees how many threads libraries start, and how long they spin."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def run(program, name, times):
    """Returns instructions, loads and stores of the whole program."""
    command = ["valgrind", "--tool=cachegrind", "--cachegrind-out-file=/dev/null"]
    done = subprocess.run(
        [*command, program, name, str(times)],
        env={"PATH": os.environ["PATH"], "GLIBC_TUNABLES": TUNABLES},
        preexec_fn=use_one_processor,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    found = COUNTS.search(done.stderr)
    if done.returncode != 0 or not found:
        raise RuntimeError(f"{name} {times} fails:\n{done.stderr}")
    return [int(number.replace(",", "")) for number in found.groups()]


def count(program, names):
    """Returns what each operation takes, by its name."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {
            name: [pool.submit(run, program, name, times) for times in (FEW, MANY)]
            for name in names
        }
        return {
            name: [
                (more - less) / (MANY - FEW)
                for less, more in zip(few.result(), many.result())
            ]
            for name, (few, many) in runs.items()
        }


def minus(one, other):
    return [a - b for a, b in zip(one, other)]


def rows(counted):
    """Makes the table's rows of what was counted."""
    result = {}
    for name, numbers in counted.items():
        if name in (LOOP, UNWATCHED):
            continue
        if name == WATCHED:
            events = minus(numbers, counted[UNWATCHED])
            name, numbers = HOOK_EVENT, [number / EVENTS for number in events]
        elif name in WITHOUT_LOOP:
            numbers = minus(numbers, counted[LOOP])
        result[name] = [round(number, 1) for number in numbers]
    return result


def operations(names, wanted):
    """Returns those of `names` that `wanted(row)` needs counted."""
    needed = set()
    for name in names:
        row = HOOK_EVENT if name in (UNWATCHED, WATCHED) else name
        if name != LOOP and wanted(row):
            needed.add(name)
            if name in WITHOUT_LOOP:
                needed.add(LOOP)
    return [name for name in names if name in needed]


def read_table(path):
    table = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith(("#", "operation\t")):
            name, *numbers = line.split("\t")
            table[name] = [float(number) for number in numbers]
    return table


def write_table(path, table):
    lines = ["\t".join(("operation", *COLUMNS))]
    for name, numbers in table.items():
        lines.append("\t".join((name, *(f"{number:.1f}" for number in numbers))))
    path.write_text(HEADER + "\n".join(lines) + "\n")


def differences(table, counted):
    """Says of each count that is not the table's what it is."""
    said = []
    for name, numbers in counted.items():
        if name not in table:
            said.append(f"{name}: is not in the table")
            continue
        for column, expected, number in zip(COLUMNS, table[name], numbers):
            if abs(number - expected) > max(TOLERANCE * expected, LEAST_TOLERANCE):
                said.append(f"{name}: {number} {column}, in the table {expected}")
    return said


def missed(name, numbers):
    """Says what of the operation's budget is missed; empty if it is met."""
    instructions, stores = BUDGETS.get(name, (None, None))
    return ", ".join(
        f"budget {most} {column}"
        for column, most, number in (
            ("instructions", instructions, numbers[0]),
            ("stores", stores, numbers[2]),
        )
        if most is not None and number > most
    )


def print_rows(table, counted):
    print(f"{'operation':<34}" + "".join(f"{column:>18}" for column in COLUMNS))
    for name, numbers in counted.items():
        before = table.get(name, numbers)
        changes = "".join(
            f"{number:>18.1f}" if abs(number - old) < 0.05 else
            f"{f'({old:.1f}) {number:.1f}':>18}"
            for number, old in zip(numbers, before)
        )
        print(f"{name:<34}{changes}  {missed(name, numbers)}".rstrip())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="name")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--table", type=pathlib.Path, default=TABLE)
    parser.add_argument(
        "--counted", type=pathlib.Path, help="a table to take instead of counting"
    )
    arguments, bazel_options = parser.parse_known_args()
    if arguments.counted:
        table, counted = read_table(arguments.table), read_table(arguments.counted)
    else:
        program, names = build(bazel_options)
        peers = set(names[names.index(FIRST_PEER) :])

        def wanted(row):
            if not arguments.names:
                return not (arguments.check and row in peers)
            return any(re.search(name, row) for name in arguments.names)

        counted = rows(count(program, operations(names, wanted)))
        if not counted:
            parser.error("there is no such operation")
        table = read_table(arguments.table) if arguments.table.exists() else {}
        print_rows(table, counted)
        if arguments.update:
            # A whole table has the program's order, and no row that is gone.
            kept = table if arguments.names else {}
            write_table(arguments.table, {**kept, **counted})
    if arguments.check:
        said = differences(table, counted)
        for _ in range(AGAIN if not arguments.counted else 0):
            if not said:
                break
            differ = {line.split(": ")[0] for line in said}
            again = operations(names, lambda row: row in differ)
            said = differences(table, rows(count(program, again)))
        print("\n".join(said), file=sys.stderr)
        if said:
            sys.exit(f"{len(said)} differ from {arguments.table}; see its header")


if __name__ == "__main__":
    main()
