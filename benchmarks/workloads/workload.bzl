"""A workload: a library of one file for each peer that runs it."""

load("//bazel:weft.bzl", "weft_cc_library")

# What a file of that name may use besides the workload's header.
_OPENMP = ["-fopenmp"]
_DEPS = {
    "asio": ["//benchmarks/workloads/peers:asio_pool"],
    "openmp": ["//benchmarks/workloads/peers:openmp_pool"],
    "request_context": ["//benchmarks/workloads/peers:request_context"],
    "shared_ptr": ["//benchmarks/workloads/peers:shared_ptr_context"],
    "tbb": [
        "//benchmarks/workloads/peers:asio_pool",
        "//benchmarks/workloads/peers:tbb_pool",
    ],
    "weft": [
        "//benchmarks/workloads/peers:weft_pool",
        "//executor",
        "//executor:blocking_executor",
        "//executor:join",
        "//executor:parallel_for",
        "//executor:task_group",
    ],
}

def workload(name, peers, srcs = [], deps = []):
    """Declares the workload in the folder `name`.

    Args:
      name: the library, the folder and, with .h, the header.
      peers: for each a file, <peer>.cc.
      srcs: files that are no peer's.
      deps: of the header and of `srcs`.
    """
    weft_cc_library(
        name = name + "_header",
        testonly = True,
        srcs = [name + "/" + src for src in srcs],
        hdrs = ["{0}/{0}.h".format(name)],
        linkstatic = True,
        deps = [
            ":measure",
            ":tally",
        ] + deps,
    )
    for peer in peers:
        openmp = _OPENMP if peer == "openmp" else []
        weft_cc_library(
            name = name + "_" + peer,
            testonly = True,
            srcs = ["{}/{}.cc".format(name, peer)],
            copts = openmp,
            linkopts = openmp,
            linkstatic = True,
            deps = [":{}_header".format(name)] + _DEPS.get(peer, []),
        )
    weft_cc_library(
        name = name,
        testonly = True,
        visibility = ["//benchmarks:__pkg__"],
        deps = [":{}_header".format(name)] + [
            ":{}_{}".format(name, peer)
            for peer in peers
        ],
    )
