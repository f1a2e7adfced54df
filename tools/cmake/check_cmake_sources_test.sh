#!/bin/bash
# cmake_sources.py lists what the BUILD files have, and --check fails with what
# differs.

set -euo pipefail

readonly tool="$PWD/tools/cmake/cmake_sources.py"
failures=0
mkdir "$TEST_TMPDIR/tree"
cd "$TEST_TMPDIR/tree"

fail() {
  echo "FAIL: $1"
  failures=1
}

# Each line that follows the file $1 is part of it.
write() {
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "${@:2}" >"$1"
}

write MODULE.bazel '"""Of a test."""' 'module(name = "weft", version = "1.2.3")' \
  'bazel_dep(name = "onetbb", version = "1")'
write version.h '#define WEFT_VERSION_MAJOR 1' '#define WEFT_VERSION_MINOR 2' \
  '#define WEFT_VERSION_PATCH 3'
write BUILD.bazel 'load("@rules_cc//cc:cc_library.bzl", "cc_library")' \
  'package(default_visibility = ["//visibility:public"])' \
  'weft_cc_library(name = "weft", hdrs = ["weft.h"], deps = [":part"])' \
  'cc_library(name = "part", deps = ["//a:plain"])' \
  'alias(name = "extra", actual = "//b/room")'
write weft.h '#include "weft/a/plain.h"'
write a/BUILD.bazel 'weft_cc_library(name = "plain", srcs = ["plain.cc"],' \
  '    hdrs = ["plain.h"], visibility = ["//visibility:public"],' \
  '    deps = [":inside", "@abseil-cpp//absl/base:core_headers"])' \
  'weft_cc_library(name = "inside", srcs = ["inside.cc"],' \
  '    hdrs = ["inside.h", "unseen.h"], deps = ["@onetbb//:tbb"])' \
  'weft_cc_library(name = "unused", srcs = ["unused.cc"])' \
  '[weft_cc_test(name = "t" + n, srcs = glob(["*.cc"])) for n in ["1", "2"]]'
write a/plain.h '#include "weft/a/inside.h"'
write a/plain.cc '#include "tbb/info.h"'
write a/inside.h '#include "absl/base/thread_annotations.h"'
touch a/{inside.cc,unseen.h,unused.cc}
write b/room/BUILD.bazel 'weft_cc_library(name = "room", srcs = ["room.cc"],' \
  '    hdrs = glob(["*.h"]), visibility = ["//visibility:public"],' \
  '    deps = ["//a:plain", "@boost.asio"])'
write b/room/room.h '#include "boost/asio.hpp"'
touch b/room/room.cc

mkdir cmake
python3 "$tool"
diff - cmake/sources.cmake <<'END' || fail "the lists are others"
# Written by tools/cmake/cmake_sources.py from the BUILD files.

set(weft_version 1.2.3)
set(weft_components core extra)

set(weft_core_components)
set(weft_core_headers a/inside.h a/plain.h weft.h)
set(weft_core_sources a/inside.cc a/plain.cc)
set(weft_core_public_packages absl)
set(weft_core_public_targets absl::core_headers)
set(weft_core_public_modules absl_core_headers)
set(weft_core_private_packages TBB)
set(weft_core_private_targets TBB::tbb)
set(weft_core_private_modules tbb)

set(weft_extra_components core)
set(weft_extra_headers b/room/room.h)
set(weft_extra_sources b/room/room.cc)
set(weft_extra_public_packages Boost)
set(weft_extra_public_targets Boost::headers)
set(weft_extra_public_modules)
set(weft_extra_private_packages)
set(weft_extra_private_targets)
set(weft_extra_private_modules)
END
for header in weft.h a/plain.h b/room/room.h; do
  [[ include/weft/$header -ef $header ]] || fail "no link to $header"
done
python3 "$tool" --check || fail "--check rejects what was just written"

# Fails, and says $1.
rejects() {
  if python3 "$tool" --check 2>errors || ! grep -qF -e "$1" errors; then
    fail "it does not say: $1"
  fi
}

sed -i 's/PATCH 3/PATCH 4/' version.h
rejects 'MODULE.bazel has version 1.2.3'
sed -i 's/PATCH 4/PATCH 3/' version.h
sed -i 's/"room.cc"/"room.cc", "more.cc"/' b/room/BUILD.bazel
touch b/room/more.cc
rejects '+set(weft_extra_sources b/room/more.cc b/room/room.cc)'
sed -i 's/"@boost.asio"/"@nobody"/' b/room/BUILD.bazel
rejects '@nobody//:nobody: add its repository'
sed -i 's/"@nobody"/":nothing"/' b/room/BUILD.bazel
rejects 'there is no library //b/room:nothing'
sed -i 's/, ":nothing"//' b/room/BUILD.bazel
echo 'cc_library(name = "twin", deps = ["//b/room"])' >>BUILD.bazel
rejects 'b/room/more.cc: both //:extra and //:twin have it'
exit "$failures"
