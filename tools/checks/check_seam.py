#!/usr/bin/env python3
"""Fails if a function of executor/ goes around the seam, by its symbols.

Run from the root of the repository. The law: in `executor/` only task_scope
installs frames, restores them, or tells hooks of a task's life. check_layers.py
says which files may include what that takes; but a header that includes the seam
sees all that the seam sees. So this compiles the whole of `executor/`, its
templates as USES calls them, without inlining anything, and looks which function
refers to which symbol. A function may refer to those of GUARDED if it stands in
the seam, or in the layers that own them. What the seam itself hands out, by a
`using` in its header, is free.

The compiler is $CXX, or g++; objdump, nm and c++filt are binutils'.
"""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SEAM = "executor/internal/task/task_scope"
OWNERS = ("context/", "hooks/")

FRAMES = """current_flow CurrentFrame CaptureFrame PromoteCurrentFrame
    PromoteStackFrame Inherit InheritOther EnterFrame FrameScope
    BorrowedFrameScope BoundStoreScope""".split()
EVENTS = [
    prefix + event
    for prefix in ("Emit", "Call")
    for event in ("Init", "Before", "After", "Destroy", "PromiseResolve")
]
LIVES = EVENTS + "execution_state ExecutionScope TaskFrameScope NobodyScope".split()
GUARDED = re.compile(
    rf"weft::(?:context_internal::(?P<frame>{'|'.join(FRAMES)})"
    rf"|hooks_internal::(?P<life>{'|'.join(LIVES)}))(?![A-Za-z])"
)
LENT = re.compile(r"^using (?:context|hooks)_internal::(\w+);", re.MULTILINE)

USES = """
namespace {
weft::Task<int> Coroutine(weft::Executor& executor) {
  co_await executor.Schedule();
  co_await weft::Sleep(executor, std::chrono::seconds(0));
  co_return co_await executor.Submit([] { return 1; });
}
[[maybe_unused]] void Use(weft::Executor& executor) {
  executor.Post([] {});
  const weft::Timer timer = executor.PostAfter(std::chrono::hours(1), [] {});
  weft::Future<int> number = executor.Submit([] { return 1; });
  weft::Future<int> next = std::move(number).Then([](int one) { return one; });
  weft::Spawn(executor, Coroutine(executor)).Get();
  std::vector<weft::Future<int>> numbers;
  numbers.push_back(std::move(next));
  weft::WhenAll(std::move(numbers)).Get();
  weft::Promise<int> promise(executor);
  promise.SetValue(1);
  weft::TaskGroup group(executor);
  group.Run([] {});
  group.Wait();
  weft::Join([] {}, [] {});
  weft::ParallelFor(0, 8, [](int) {});
  weft::ParallelReduce(0, 8, 0, [](int i) { return i; }, std::plus<>());
  weft::BoundedExecutor bounded(executor, {});
  bounded.TryPost([] {});
}
}  // namespace
"""

OPTIONS = """-std=c++20 -O0 -g1 -w -fno-inline -ffunction-sections
    -Dalways_inline=noinline""".split()
SECTION = re.compile(r"RELOCATION RECORDS FOR \[\.text[.\w]*?\.(_Z\w+)\]")
RELOCATION = re.compile(r"[0-9a-f]+ R_\S+\s+([\w$]+)")
PLACE = re.compile(r"\S+ \w (\S+)\t(\S+):(\d+)")


def run(*command, text=None):
    done = subprocess.run(
        command, input=text, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def compile_all(folder):
    """Returns an object file with all of executor/."""
    root = pathlib.Path(folder)
    (root / "weft").symlink_to(pathlib.Path.cwd())
    sources = sorted(pathlib.Path("executor").rglob("*.h"))
    sources += sorted(pathlib.Path("executor").rglob("*.cc"))
    if not sources:
        sys.exit("executor: no sources found; run from the root")
    lines = [f'#include "weft/{source.as_posix()}"' for source in sources]
    all_sources = root / "all.cc"
    all_sources.write_text("#include <functional>\n" + "\n".join(lines) + USES)
    made = root / "all.o"
    compiler = os.environ.get("CXX", "g++")
    run(compiler, *OPTIONS, f"-I{root}", "-c", str(all_sources), "-o", str(made))
    return made


def references(made):
    """Returns the symbols that each function refers to."""
    found = collections.defaultdict(set)
    function = None
    for line in run("objdump", "-r", str(made)).splitlines():
        if line.startswith("RELOCATION"):
            section = SECTION.match(line)
            function = section and section[1]
        elif function and (relocation := RELOCATION.match(line)):
            found[function].add(relocation[1])
    return found


def places(made, folder):
    """Returns where in the repository functions are defined."""
    found = {}
    for line in run("nm", "--line-numbers", "--defined-only", str(made)).splitlines():
        if place := PLACE.match(line):
            path = os.path.relpath(place[2], os.path.join(folder, "weft"))
            found[place[1]] = (path, place[3])
    return found


def class_of(function):
    """Returns the class, or namespace, of a function with that full name."""
    return function.partition("(")[0].rpartition("::")[0]


def main():
    lent = set(LENT.findall(pathlib.Path(SEAM + ".h").read_text()))
    with tempfile.TemporaryDirectory() as folder:
        made = compile_all(folder)
        found = references(made)
        defined = places(made, folder)
    symbols = sorted(set(found).union(*found.values()))
    plain = run("c++filt", text="\n".join(symbols)).splitlines()
    names = dict(zip(symbols, plain))
    # What the compiler writes for a class has no place: it is where the class is.
    classes = {
        class_of(names[function]): place
        for function, place in defined.items()
        if function in names
    }

    errors = set()
    in_seam = 0
    for function, used in found.items():
        for symbol in used:
            guarded = GUARDED.search(names[symbol])
            if guarded is None:
                continue
            name = guarded["frame"] or guarded["life"]
            path, line = defined.get(function) or classes.get(
                class_of(names[function]), ("?", "?")
            )
            if path.rpartition(".")[0] == SEAM:
                in_seam += 1
            elif not path.startswith(OWNERS) and name not in lent:
                errors.add(
                    f"{path}:{line}: {names[function]} uses {name}; only "
                    f"{SEAM} may"
                )
    if not in_seam:
        errors.add(f"{SEAM}: uses none of what it is the seam for")
    print("\n".join(sorted(errors)), file=sys.stderr)
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
