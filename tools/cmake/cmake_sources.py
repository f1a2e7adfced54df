#!/usr/bin/env python3
"""Writes cmake/sources.cmake and the links in include/weft from the BUILD files.

Usage: cmake_sources.py [--check]

Run from the root of the repository. With --check nothing is written; it fails
if cmake/sources.cmake is not what would be.

`core` is //:weft. Each library of the root's that it does not depend on is
another component. BUILD files are executed with functions that only note what
they are given, from the root along the dependencies, so every package is found
by itself.
"""

import difflib
import functools
import pathlib
import re
import sys
import types

OUTPUT = pathlib.Path("cmake/sources.cmake")
HEADER = pathlib.Path("version.h")
CORE = "//:weft"

# Repository -> CMake's package, then its target and pkg-config's module for
# Bazel's target {0}, and how its headers are included.
EXTERNAL = {
    "abseil-cpp": ("absl", "absl::{0}", "absl_{0}", ("absl/",)),
    "boost.beast": ("Boost", "Boost::headers", "", ("boost/beast/",)),
    "boost.asio": ("Boost", "Boost::headers", "", ("boost/",)),
    "cnats": ("cnats", "cnats::nats", "libnats", ("nats/",)),
    "grpc": ("gRPC", "gRPC::{0}", "{0}", ("grpc/", "grpcpp/")),
    "nlohmann_json": (
        "nlohmann_json",
        "nlohmann_json::nlohmann_json",
        "nlohmann_json",
        ("nlohmann/",),
    ),
    "onetbb": ("TBB", "TBB::tbb", "tbb", ("oneapi/", "tbb/")),
    "prometheus-cpp": (
        "prometheus-cpp",
        "prometheus-cpp::{0}",
        "prometheus-cpp-{0}",
        ("prometheus/",),
    ),
    "protozero": ("protozero", "protozero::protozero", "", ("protozero/",)),
    "spdlog": ("spdlog", "spdlog::spdlog", "spdlog", ("spdlog/",)),
}

INCLUDE = re.compile(r'\s*#\s*include\s*["<]([^">]+)[">]')


def nothing(*_, **__):
    """Does nothing, as what it returns does."""
    return nothing


class Environment(dict):
    """The names in a BUILD file; a function that is not here does nothing."""

    def __missing__(self, name):
        return {"True": True, "False": False}.get(name, nothing)


def execute(path, **functions):
    """Executes a file in Starlark, as far as that is Python too."""
    exec(compile(path.read_text(), path, "exec"), Environment(functions))


def in_full(label, package):
    """Writes a label that is used in a package as @repository//package:name."""
    if label.startswith(":"):
        return f"//{package}{label}"
    repository, slashes, path = label.partition("//")
    if not slashes:
        return f"{label}//:{label[1:]}"
    return label if ":" in path else f"{label}:{path.rpartition('/')[2]}"


@functools.cache
def libraries(package):
    """Returns the libraries of a package by label; paths are from the root."""
    folder = pathlib.Path(package)
    found = {}
    default = []

    def package_function(default_visibility=(), **_):
        default[:] = default_visibility

    def cc_library(name, srcs=(), hdrs=(), deps=(), visibility=default, **_):
        found[f"//{package}:{name}"] = types.SimpleNamespace(
            sources=[(folder / file).as_posix() for file in srcs],
            headers=[(folder / file).as_posix() for file in hdrs],
            deps=[in_full(label, package) for label in deps],
            is_public="//visibility:public" in visibility,
        )

    def alias(name, actual, **_):
        cc_library(name, deps=[actual])

    def glob(include, exclude=(), **_):
        excluded = {file for pattern in exclude for file in folder.glob(pattern)}
        files = {file for pattern in include for file in folder.glob(pattern)}
        return sorted(str(file.relative_to(folder)) for file in files - excluded)

    execute(
        folder / "BUILD.bazel",
        alias=alias,
        cc_library=cc_library,
        weft_cc_library=cc_library,
        glob=glob,
        package=package_function,
    )
    return found


def library(label):
    package = label[2:].partition(":")[0]
    if label not in libraries(package):
        sys.exit(f"{package}/BUILD.bazel: there is no library {label}")
    return libraries(package)[label]


@functools.cache
def reached_from(label):
    """Returns the labels of a library of ours and of those it depends on."""
    ours = [dep for dep in library(label).deps if not dep.startswith("@")]
    return frozenset({label}).union(*map(reached_from, ours))


@functools.cache
def includes(file):
    lines = pathlib.Path(file).read_text().splitlines()
    return [include[1] for line in lines if (include := INCLUDE.match(line))]


def with_included(headers):
    """Adds to headers those of ours that they include, and these in turn."""
    found, left = set(), list(headers)
    while left:
        header = left.pop()
        if header not in found:
            found.add(header)
            ours = [i for i in includes(header) if i.startswith("weft/")]
            left += [include.removeprefix("weft/") for include in ours]
    return found


class Component:
    """A library of CMake's."""

    def __init__(self, label):
        self.label = label
        self.name = "core" if label == CORE else label[len("//:") :]
        self.reached = reached_from(label)

    def split_from(self, others):
        """Leaves to the components that it depends on what they have."""
        self.needed = [
            other
            for other in others
            if other is not self and other.label in {CORE, *self.reached}
        ]
        taken = frozenset().union(*[other.reached for other in self.needed])
        self.own = [library(label) for label in sorted(self.reached - taken)]
        self.headers = sorted(file for l in self.own for file in l.headers)
        self.sources = sorted(file for l in self.own for file in l.sources)

    def externals(self, headers):
        """Returns what it needs of others: what headers include, and the rest."""
        included = [include for header in headers for include in includes(header)]
        seen, unseen = [], []
        for label in sorted({dep for l in self.own for dep in l.deps}):
            repository, _, target = label.partition("//")
            if not repository:
                continue
            if repository[1:] not in EXTERNAL:
                sys.exit(f"{label}: add its repository to EXTERNAL in {sys.argv[0]}")
            *texts, prefixes = EXTERNAL[repository[1:]]
            is_seen = any(include.startswith(prefixes) for include in included)
            name = target.partition(":")[2]
            (seen if is_seen else unseen).append([t.format(name) for t in texts])
        return seen, unseen

    def settings(self, installed):
        """Yields the names and values of CMake's variables of this component."""
        headers = [header for header in self.headers if header in installed]
        yield "components", [other.name for other in self.needed]
        yield "headers", headers
        yield "sources", self.sources
        for side, found in zip(("public", "private"), self.externals(headers)):
            for column, kind in enumerate(("packages", "targets", "modules")):
                texts = dict.fromkeys(texts[column] for texts in found)
                yield f"{side}_{kind}", list(filter(None, texts))


def components():
    optional = sorted(set(libraries("")) - reached_from(CORE))
    found = [Component(label) for label in [CORE, *optional]]
    owners = {}
    for component in found:
        component.split_from(found)
        for source in component.sources:
            owner = owners.setdefault(source, component)
            if owner is not component:
                sys.exit(f"{source}: both {owner.label} and {component.label} have it")
    return found


def version():
    """Returns the version that MODULE.bazel and version.h have."""
    module = {}
    execute(pathlib.Path("MODULE.bazel"), module=lambda **given: module.update(given))
    macros = re.findall(r"define WEFT_VERSION_\w+ (\d+)", HEADER.read_text())
    if ".".join(macros) != module["version"]:
        sys.exit(f"MODULE.bazel has version {module['version']}, {HEADER} {macros}")
    return module["version"]


def setting(name, values):
    line = " ".join([f"set({name}", *values]) + ")"
    return line if len(line) <= 80 else "\n  ".join([f"set({name}", *values]) + ")"


def link(headers):
    """Makes each folder of headers reachable as include/weft/<folder>."""
    links = pathlib.Path("include/weft")
    links.mkdir(parents=True, exist_ok=True)
    for old in links.iterdir():
        old.unlink()
    for folder in {pathlib.Path(header).parts[0] for header in headers}:
        (links / folder).symlink_to(pathlib.Path("../..", folder))


def text(found):
    public = [file for c in found for l in c.own if l.is_public for file in l.headers]
    installed = with_included(public)
    lines = [
        "# Written by tools/cmake/cmake_sources.py from the BUILD files.",
        "",
        setting("weft_version", [version()]),
        setting("weft_components", [component.name for component in found]),
    ]
    for component in found:
        lines.append("")
        for name, values in component.settings(installed):
            lines.append(setting(f"weft_{component.name}_{name}", values))
    return "\n".join([*lines, ""])


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    found = components()
    written = text(found)
    if not sys.argv[1:]:
        OUTPUT.write_text(written)
        link(header for component in found for header in component.headers)
        return 0
    diff = difflib.unified_diff(
        OUTPUT.read_text().splitlines(),
        written.splitlines(),
        str(OUTPUT),
        "the BUILD files",
        lineterm="",
    )
    difference = "\n".join(diff)
    if difference:
        print(difference, "\nRun tools/cmake/cmake_sources.py", file=sys.stderr)
    return bool(difference)


if __name__ == "__main__":
    sys.exit(main())
