"""Tests of the documents' examples."""

load("@rules_shell//shell:sh_test.bzl", "sh_test")
load("//bazel:weft.bzl", "weft_cc_binary")

def guide_test(name, deps = ["//:weft"], tags = ["once"], **kwargs):
    """Compiles and runs the examples of <name>.md; see tools/docs/guide_examples.py.

    Args:
      name: of the page, without its ending.
      deps: what the examples include.
      tags: of the test. Sanitizers see what examples do in other tests.
      **kwargs: passed to the test.
    """
    program = name + "_examples.cc"
    expected = name + "_examples.txt"
    native.genrule(
        name = name + "_sources",
        srcs = [name + ".md"],
        outs = [program, expected],
        cmd = "$(execpath //tools/docs:guide_examples) $< $(location %s) $(location %s)" %
              (program, expected),
        tools = ["//tools/docs:guide_examples"],
    )
    weft_cc_binary(
        name = name + "_examples",
        testonly = True,
        srcs = [program],
        copts = [
            "-O0",  # run once
            # To g++, what stands in a page is not the main file, but nobody
            # includes it. clang does not know that warning.
            "-Wno-subobject-linkage",
            "-Wno-unknown-warning-option",
        ],
        deps = deps,
    )
    sh_test(
        name = name + "_test",
        size = "small",
        srcs = ["//tools/docs:compare_output.sh"],
        args = [
            "$(rootpath :%s_examples)" % name,
            "$(rootpath %s)" % expected,
        ],
        data = [
            expected,
            name + "_examples",
        ],
        tags = tags,
        **kwargs
    )
