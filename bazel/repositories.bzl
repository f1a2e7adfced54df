"""The repositories that Weft needs, laid over the system's packages.

A dependant's WORKSPACE calls `weft_dependencies()` after it has declared @weft,
and `weft_native_rules()` unless it has the rules' own repositories. What it has
declared before under one of these names is kept. Nothing is downloaded: compiler
and linker find Debian's headers and libraries by themselves, so each repository
only says what to link. Repositories are named as in the Bazel Central Registry.
"""

def _system_library_impl(repository_ctx):
    for build_file, path in repository_ctx.attr.build_files.items():
        repository_ctx.symlink(build_file, path)

system_library = repository_rule(
    doc = "A repository of our own BUILD files for an installed library.",
    implementation = _system_library_impl,
    local = True,
    attrs = {
        "build_files": attr.label_keyed_string_dict(
            doc = "One of our files -> its path in the repository.",
            mandatory = True,
        ),
    },
)

def _native_rules_impl(repository_ctx):
    package = repository_ctx.attr.package
    rules = ["{0} = native.{0}\n".format(r) for r in repository_ctx.attr.rules]
    repository_ctx.file(package + "/BUILD.bazel")
    repository_ctx.file(package + "/defs.bzl", "".join(rules))
    for name, rule in zip(repository_ctx.attr.rules, rules):
        repository_ctx.file("{}/{}.bzl".format(package, name), rule)

_native_rules = repository_rule(
    doc = "Bazel's built-in rules under the names they are loaded by today.",
    implementation = _native_rules_impl,
    attrs = {
        "package": attr.string(mandatory = True),
        "rules": attr.string_list(mandatory = True),
    },
)

def _no_coverage_impl(repository_ctx):
    repository_ctx.file("noop.sh", executable = True)
    repository_ctx.file("BUILD.bazel", """
sh_binary(
    name = "coverage_report_generator",
    srcs = ["noop.sh"],
    visibility = ["//visibility:public"],
)
""")

_no_coverage = repository_rule(
    doc = "What every test depends on; `bazel coverage` needs the real one.",
    implementation = _no_coverage_impl,
)

def _debian_rayon_impl(repository_ctx):
    crates = repository_ctx.path("/usr/share/cargo/registry")
    has_rayon = repository_ctx.which("cargo") != None and crates.exists and [
        crate
        for crate in crates.readdir()
        if crate.basename.startswith("rayon-1.")
    ] != []
    repository_ctx.file("BUILD.bazel")
    repository_ctx.file("defs.bzl", "HAS_RAYON = {}\n".format(has_rayon))

debian_rayon = repository_rule(
    doc = "Says whether cargo and Debian's librust-rayon-dev are installed.",
    implementation = _debian_rayon_impl,
    local = True,
)

def _maybe(rule, name, **kwargs):
    """Declares a repository unless the dependant has one of that name."""
    if name not in native.existing_rules():
        rule(name = name, **kwargs)

def _system_libraries(names):
    for name in names:
        _maybe(
            system_library,
            name = name,
            build_files = {
                Label("//third_party:{}.BUILD".format(name)): "BUILD.bazel",
            },
        )

def weft_dependencies():
    """Declares what Weft is built with."""
    _system_libraries([
        "boost.asio",
        "boost.beast",
        "cnats",
        "grpc",
        "onetbb",
        "protozero",
        "spdlog",
    ])
    _maybe(
        system_library,
        name = "prometheus-cpp",
        build_files = {
            Label("//third_party:prometheus-cpp.BUILD"): "core/BUILD.bazel",
        },
    )
    _maybe(
        system_library,
        name = "abseil-cpp",
        build_files = {
            Label("//third_party/abseil-cpp:{}.BUILD".format(package)): (
                "absl/{}/BUILD.bazel".format(package)
            )
            for package in ["base", "flags", "strings", "time"]
        },
    )

def weft_dev_dependencies():
    """Declares what else Weft's tests, benchmarks and examples are built with."""
    _system_libraries([
        "google_benchmark",
        "googletest",
        "nlohmann_json",
        "protobuf",
        "zlib",
    ])
    _maybe(debian_rayon, name = "debian_rayon")

def weft_native_rules():
    """Declares the rules' repositories, by what Bazel 4.2.3 has built in.

    It would download them: its own tools load them, and each test depends on
    @remote_coverage_tools.
    """
    _maybe(
        _native_rules,
        name = "rules_cc",
        package = "cc",
        rules = [
            # Weft's.
            "cc_binary",
            "cc_library",
            "cc_test",
            # Of Bazel's own tools.
            "cc_import",
            "cc_proto_library",
            "cc_toolchain",
            "cc_toolchain_suite",
            "fdo_prefetch_hints",
            "fdo_profile",
            "objc_import",
            "objc_library",
        ],
    )
    _maybe(
        _native_rules,
        name = "rules_java",
        package = "java",
        rules = [
            "java_binary",
            "java_import",
            "java_library",
            "java_lite_proto_library",
            "java_package_configuration",
            "java_plugin",
            "java_proto_library",
            "java_runtime",
            "java_test",
            "java_toolchain",
        ],
    )
    _maybe(
        _native_rules,
        name = "rules_shell",
        package = "shell",
        rules = ["sh_binary", "sh_library", "sh_test"],
    )
    _maybe(_no_coverage, name = "remote_coverage_tools")
