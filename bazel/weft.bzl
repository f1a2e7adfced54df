"""House rules for C++ targets: the warnings and the include prefix."""

load("@rules_cc//cc:cc_binary.bzl", "cc_binary")
load("@rules_cc//cc:cc_library.bzl", "cc_library")
load("@rules_cc//cc:cc_test.bzl", "cc_test")

_COPTS = [
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Wshadow",
    "-Wnon-virtual-dtor",
]

def weft_cc_library(name, copts = [], **kwargs):
    """A `cc_library` whose headers are included as "weft/<package>/<file>".

    The prefix keeps our generic folder names from meeting a dependant's folders
    of the same name. Only `hdrs` get it, so internal headers are `hdrs` too,
    and stay private by `visibility`.

    Args:
      name: as in `cc_library`.
      copts: added to the house's warnings.
      **kwargs: passed to `cc_library`.
    """
    cc_library(
        name = name,
        copts = _COPTS + copts,
        include_prefix = "weft/" + native.package_name(),
        strip_include_prefix = "/" + native.package_name(),
        **kwargs
    )

def weft_cc_test(name, size = "small", copts = [], deps = [], **kwargs):
    """A `cc_test` with the house's warnings; small by default.

    A small one has 300 s instead of 60: a machine that does other work too makes
    no test fail.

    Args:
      name: as in `cc_test`.
      size: as in `cc_test`.
      copts: added to the house's warnings.
      deps: as in `cc_test`.
      **kwargs: passed to `cc_test`.
    """
    if size == "small":
        kwargs.setdefault("timeout", "moderate")
    cc_test(
        name = name,
        size = size,
        copts = _COPTS + copts,
        deps = deps + ["//tools:tsan_options"],
        **kwargs
    )

def weft_cc_binary(name, copts = [], **kwargs):
    """A `cc_binary` with the house's warnings."""
    cc_binary(
        name = name,
        copts = _COPTS + copts,
        **kwargs
    )
