"""Services of gRPC for tests and examples, by Debian's protoc and its plugin."""

load("@rules_cc//cc:cc_library.bzl", "cc_library")

def grpc_service(name, src, python = None, **kwargs):
    """A `cc_library` of what protoc makes of a file.

    Its headers are included as "weft/<package>/<file>.grpc.pb.h".

    Args:
      name: of the library.
      src: the .proto file, which may be in a folder of the package.
      python: a name for the module of its messages, for Python programs.
      **kwargs: passed to the library.
    """
    folder, _, file = src.rpartition("/")
    if not file.endswith(".proto"):
        fail("grpc_service: %s is no .proto file" % src)
    virtual = "weft/" + native.package_name() + ("/" + folder if folder else "")
    stem = file[:-len(".proto")]
    root = name + "_generated"
    made = "%s/%s/%s" % (root, virtual, stem)
    headers = [made + ".grpc.pb.h", made + ".pb.h"]
    sources = [made + ".grpc.pb.cc", made + ".pb.cc"]
    modules = [made + "_pb2.py"] if python else []
    native.genrule(
        name = name + "_protoc",
        srcs = [src],
        outs = headers + sources + modules,
        cmd = (
            "protoc -I{virtual}=$$(dirname $<) --cpp_out=$(RULEDIR)/{root}" +
            " --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin" +
            " --grpc_out=$(RULEDIR)/{root} {python} {virtual}/{file}"
        ).format(
            virtual = virtual,
            root = root,
            file = file,
            python = "--python_out=$(RULEDIR)/" + root if python else "",
        ),
        message = "Running protoc on",
    )
    if python:
        native.filegroup(name = python, srcs = modules, **kwargs)
    cc_library(
        name = name,
        srcs = sources,
        hdrs = headers,
        copts = ["-w"],  # nobody reads what is generated
        includes = [root],
        deps = [
            "@grpc//:grpc++",
            "@protobuf",
        ],
        **kwargs
    )
