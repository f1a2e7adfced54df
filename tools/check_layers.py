#!/usr/bin/env python3
"""Fails if an #include crosses a layer or goes around the seam.

Run from the root of the repository. The law:
context <- hooks <- executor <- pipelines; adapters may see the first three.
"""

import pathlib
import re
import sys

# Layer -> where the headers it includes may come from, besides the standard
# library, whose names have no folder.
MAY_INCLUDE = {
    "context": {"weft/context", "absl", "linux", "sys"},
    "hooks": {"weft/context", "weft/hooks", "absl", "sys"},
    "executor": {
        "weft/context",
        "weft/hooks",
        "weft/executor",
        "absl",
        "linux",
        "oneapi",
        "sanitizer",
        "sys",
        "tbb",
    },
    "pipelines": {
        "weft/context",
        "weft/hooks",
        "weft/executor",
        "weft/pipelines",
        "absl",
    },
    "adapters": {
        "weft/adapters",
        "weft/context",
        "weft/hooks",
        "weft/executor",
        "absl",
        "boost",
        "oneapi",
    },
}

# The seams: the files of a layer, and no others of it, that may include what is
# internal to the layers below, but for these plain tools. Pipelines have none:
# they stand on the public headers.
SEAMS = {
    "pipelines": set(),
    "executor": {
        "executor/internal/task/scheduling_events.h",
        "executor/internal/task/task_scope.h",
        "executor/internal/task/task_scope.cc",
    },
    "adapters": {
        "adapters/onetbb/internal/flow_scopes.h",
        "adapters/onetbb/internal/flow_scopes.cc",
    },
}
TOOLS = "asymmetric_fence|at_fork|check|describe_exception|frame_cache|language|mutex|ref"
INTERNAL = re.compile(
    rf"weft/(?:context|hooks|executor)/internal/(?!(?:{TOOLS})\.h$)"
)
SEAM_ONLY = {
    "executor": re.compile(
        rf"weft/(?:context|hooks)/internal/(?!(?:{TOOLS})\.h$)"
    ),
    "pipelines": INTERNAL,
    "adapters": INTERNAL,
}

INCLUDE = re.compile(r'\s*#\s*include\s*["<]([^">]+)[">]')


def complaint(path, header):
    """Says why `path` must not include `header`; None if it may."""
    layer = path.split("/")[0]
    sources = tuple(source + "/" for source in MAY_INCLUDE[layer])
    if "/" in header and not header.startswith(sources):
        return f"{layer}/ may include {', '.join(sorted(MAY_INCLUDE[layer]))}"
    seam = SEAMS.get(layer)
    if seam is None or path in seam or not SEAM_ONLY[layer].match(header):
        return None
    if not seam:
        return f"{layer}/ may include public headers only"
    return "only the seam may include it: " + ", ".join(sorted(seam))


def main():
    errors = []
    for layer in MAY_INCLUDE:
        files = [*pathlib.Path(layer).rglob("*.h")]
        files += pathlib.Path(layer).rglob("*.cc")
        if not files:
            errors.append(f"{layer}: no sources found; run from the root")
        for file in sorted(files):
            for number, line in enumerate(file.read_text().splitlines(), 1):
                include = INCLUDE.match(line)
                why = include and complaint(file.as_posix(), include[1])
                if why:
                    errors.append(f"{file}:{number}: {include[1]}: {why}")
    for error in errors:
        print(error, file=sys.stderr)
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main())
