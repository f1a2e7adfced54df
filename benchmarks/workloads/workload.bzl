"""A workload: a library of one file for each peer that runs it."""

load("//bazel:weft.bzl", "weft_cc_library")

_OPENMP = ["-fopenmp"]

# A plain coroutine ends by a call of the one that awaits it. Where g++ makes no
# jump of that, as without -O2, 100,000 in a row are more than a stack holds.
_COPTS = {
    "openmp": _OPENMP,
    "plain": ["-O2"],
}

# What a file of that name may use besides the workload's header.
_DEPS = {
    "asio": ["//benchmarks/workloads/peers:asio_pool"],
    "carried": [
        "//adapters/onetbb:parallel_pipeline",
        "//benchmarks/workloads/peers:tbb_pool",
        "//context:async_local_storage",
    ],
    "libnats": ["@cnats"],
    "openmp": ["//benchmarks/workloads/peers:openmp_pool"],
    "plain": ["//benchmarks/workloads/peers:plain_coroutine"],
    "rayon": ["//benchmarks/workloads/peers/rayon:rayon_pool"],
    "request_context": ["//benchmarks/workloads/peers:request_context"],
    "shared_ptr": ["//benchmarks/workloads/peers:shared_ptr_context"],
    "tbb": [
        "//benchmarks/workloads/peers:asio_pool",
        "//benchmarks/workloads/peers:plain_coroutine",
        "//benchmarks/workloads/peers:tbb_pool",
    ],
    "threads": ["//benchmarks/workloads/peers:asio_pool"],
    "weft": [
        "//benchmarks/workloads/peers:weft_pool",
        "//context:async_local_storage",
        "//executor",
        "//executor:async_generator",
        "//executor:blocking_executor",
        "//executor:bounded_executor",
        "//executor:bounded_options",
        "//executor:collect",
        "//executor:coroutine",
        "//executor:flatten",
        "//executor:future",
        "//executor:join",
        "//executor:outcome",
        "//executor:parallel_for",
        "//executor:parallel_reduce",
        "//executor:priority_executor",
        "//executor:promise",
        "//executor:serial_executor",
        "//executor:task_group",
        "//executor:timer",
        "//executor:when_any",
        "//executor/patterns:call_once",
        "//executor/patterns:rate_limiter",
        "//executor/patterns:retry",
        "//executor/patterns:single_flight",
        "//executor/patterns:task_scope",
        "//executor/patterns:with_timeout",
        "//executor/sync:async_event",
        "//executor/sync:async_mutex",
        "//executor/sync:async_semaphore",
        "//executor/sync:channel",
        "//pipelines:job_graph",
        "//pipelines:pipeline",
    ],
    "weft_asio": [
        "//adapters/asio",
        "//benchmarks/workloads/peers:weft_pool",
        "//executor",
        "//executor:coroutine",
        "//executor:future",
    ],
    "weft_nats": [
        "//adapters/nats",
        "//benchmarks/workloads/peers:weft_pool",
        "//executor",
        "//executor:future",
        "//jobs:job_queue",
        "//jobs:job_type",
        "//jobs:job_worker",
        "//propagation:propagator",
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
        weft_cc_library(
            name = name + "_" + peer,
            testonly = True,
            srcs = ["{}/{}.cc".format(name, peer)],
            copts = _COPTS.get(peer, []),
            linkopts = _OPENMP if peer == "openmp" else [],
            linkstatic = True,
            deps = [":{}_header".format(name)] + _DEPS.get(peer, []),
        )
    weft_cc_library(
        name = name,
        testonly = True,
        visibility = ["//benchmarks:__subpackages__"],
        deps = [":{}_header".format(name)] + [
            ":{}_{}".format(name, peer)
            for peer in peers
        ],
    )
