#!/bin/bash
#
# Runs the tests of coroutines with the Boost.Asio of Boost 1.81, which has
# cancellation slots. Debian 12 has it, but not beside its default Boost; so its
# headers are unpacked, not installed.
#
# Usage: with_slots.sh [options of Bazel]

set -euo pipefail
cd "$(dirname "$0")/../../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$work" && apt-get download -o APT::Sandbox::User=root libboost1.81-dev)
dpkg-deb -x "$work"/libboost1.81-dev*.deb "$work/unpacked"

# It is the repository of Asio for this build.
mkdir "$work/asio"
mv "$work/unpacked/usr/include" "$work/asio/include"
touch "$work/asio/WORKSPACE"
sed 's|^    name = "boost.asio",|&\
    hdrs = glob(["include/boost/**"]),\
    includes = ["include"],|' third_party/boost.asio.BUILD >"$work/asio/BUILD.bazel"

./bazelw test --override_repository=boost.asio="$work/asio" "$@" \
  //tests/adapters/asio:coroutine_test
