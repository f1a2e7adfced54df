#!/usr/bin/env python3
"""Fails if an #include crosses a layer or a room, or goes around the seam.

Run from the root of the repository. The law:

    base <- context <- hooks <- executor <- { pipelines, observe }
            context <- propagation
            hooks, executor, propagation <- jobs

Adapters may see all of these but pipelines. What a layer keeps in
`internal/` is its own: only `hooks` sees that of `context`, the files in SEAMS
see that of all layers below them, and everybody sees the TOOLS. Where a folder
has rooms, each sees itself and those before it in ROOMS. No two modules, a module
being a header and its source, include each other, however far around.
"""

import pathlib
import re
import sys

# Layer -> where the headers it includes may come from, besides the standard
# library, whose names have no folder.
MAY_INCLUDE = {
    "base": {"weft/base", "absl", "linux", "sanitizer", "sys"},
    "context": {"weft/base", "weft/context", "absl", "sys"},
    "hooks": {"weft/base", "weft/context", "weft/hooks", "absl", "sys"},
    "executor": {
        "weft/base",
        "weft/context",
        "weft/hooks",
        "weft/executor",
        "absl",
        "oneapi",
        "sanitizer",
        "sys",
        "tbb",
    },
    "pipelines": {
        "weft/base",
        "weft/context",
        "weft/hooks",
        "weft/executor",
        "weft/pipelines",
        "absl",
    },
    "propagation": {
        "weft/base",
        "weft/context",
        "weft/propagation",
        "sys",
    },
    "jobs": {
        "weft/base",
        "weft/context",
        "weft/hooks",
        "weft/executor",
        "weft/jobs",
        "weft/propagation",
        "absl",
    },
    "observe": {
        "weft/base",
        "weft/context",
        "weft/hooks",
        "weft/executor",
        "weft/observe",
        "absl",
        "sys",
    },
    "adapters": {
        "weft/adapters",
        "weft/base",
        "weft/context",
        "weft/hooks",
        "weft/executor",
        "weft/jobs",
        "weft/observe",
        "weft/propagation",
        "absl",
        "boost",
        "grpc",
        "grpcpp",
        "nats",
        "nlohmann",
        "oneapi",
        "opentelemetry",
        "prometheus",
        "protozero",
        "spdlog",
        "sys",
    },
}

# The seams: the files of a layer, and no others of it, that may include what is
# internal to the layers below. Propagation and jobs have none: they stand on the
# public headers.
SEAMS = {
    "pipelines": {
        "pipelines/internal/item_flow.h",
        "pipelines/internal/item_flow.cc",
    },
    "jobs": set(),
    "propagation": set(),
    "executor": {
        "executor/internal/task/scheduling_events.h",
        "executor/internal/task/task_scope.h",
        "executor/internal/task/task_scope.cc",
    },
    "observe": {
        "observe/internal/tap.h",
        "observe/internal/tap.cc",
        "observe/internal/retention/held_stores.h",
        "observe/internal/retention/held_stores.cc",
    },
    "adapters": {
        "adapters/onetbb/internal/flow_scopes.h",
        "adapters/onetbb/internal/flow_scopes.cc",
        "adapters/profiler/internal/thread_records.h",
        "adapters/profiler/internal/thread_records.cc",
    },
}
# Headers in an `internal/` that every layer may include which may include that
# layer: they neither touch frames nor emit events.
TOOLS = {
    "weft/context/internal/frame_cache.h",
    "weft/propagation/internal/process_storage.h",
}
INTERNAL = re.compile(r"weft/(\w+)/internal/")

# The rooms, the lowest first. What is in the folder itself is below its rooms.
ROOMS = {
    "executor": ("sync", "patterns", "simulation"),
    "executor/internal": (
        "memory",
        "task",
        "engine",
        "timer",
        "workers",
        "engines",
        "lanes",
        "future",
        "join",
        "coroutine",
        "simulation",
    ),
}
# Rooms that have nothing beside them.
ROOMS_ONLY = ("executor/internal",)

INCLUDE = re.compile(r'\s*#\s*include\s*["<]([^">]+)[">]')


def room_of(path):
    """Returns the folder of ROOMS that the file is in, and its room there.

    The room is an index, -1 for a file of the folder itself; None if there is no
    such room. Both are None for a file that is in no such folder.
    """
    for folder in sorted(ROOMS, key=len, reverse=True):
        if path.startswith(folder + "/"):
            room, below, _ = path[len(folder) + 1 :].partition("/")
            if not below:
                return folder, None if folder in ROOMS_ONLY else -1
            rooms = ROOMS[folder]
            return folder, rooms.index(room) if room in rooms else None
    return None, None


def complaint(path, header):
    """Says why `path` must not include `header`; None if it may."""
    layer = path.split("/")[0]
    sources = tuple(source + "/" for source in MAY_INCLUDE[layer])
    if "/" in header and not header.startswith(sources):
        return f"{layer}/ may include {', '.join(sorted(MAY_INCLUDE[layer]))}"
    folder, here = room_of(path)
    other_folder, there = room_of(header.removeprefix("weft/"))
    if folder == other_folder and None not in (here, there) and there > here:
        name = folder if here < 0 else ROOMS[folder][here]
        return f"the room {name}/ is below {ROOMS[folder][there]}/"
    seam = SEAMS.get(layer)
    inside = INTERNAL.match(header)
    if seam is None or path in seam or header in TOOLS:
        return None
    if not inside or inside[1] == layer:
        return None
    return "only the seam may include it: " + ", ".join(sorted(seam))


def find_circle(edges):
    """Returns modules that lead from one to itself; None if there are none."""
    done, path = set(), []

    def visit(module):
        if module in path:
            return path[path.index(module) :] + [module]
        if module in done:
            return None
        path.append(module)
        for other in sorted(edges.get(module, ())):
            if circle := visit(other):
                return circle
        done.add(path.pop())
        return None

    for module in sorted(edges):
        if circle := visit(module):
            return circle
    return None


def main():
    errors = []
    edges = {}
    for layer in MAY_INCLUDE:
        files = [*pathlib.Path(layer).rglob("*.h")]
        files += pathlib.Path(layer).rglob("*.cc")
        if not files:
            errors.append(f"{layer}: no sources found; run from the root")
        for file in sorted(files):
            path = file.as_posix()
            module = path.rpartition(".")[0]
            folder, room = room_of(path)
            if folder and room is None:
                errors.append(f"{path}: is in none of the rooms of ROOMS")
            for number, line in enumerate(file.read_text().splitlines(), 1):
                include = INCLUDE.match(line)
                why = include and complaint(path, include[1])
                if why:
                    errors.append(f"{path}:{number}: {include[1]}: {why}")
                if include and include[1].startswith("weft/"):
                    other = include[1][len("weft/") :].rpartition(".")[0]
                    if other != module:
                        edges.setdefault(module, set()).add(other)
    if circle := find_circle(edges):
        errors.append("a circle of modules: " + " -> ".join(circle))
    for error in errors:
        print(error, file=sys.stderr)
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main())
