#!/bin/bash
#
# Runs the tests of coroutines with the Boost.Asio of Boost 1.81, which has
# cancellation slots. Debian 12 has it, but not beside its default Boost; so its
# headers are unpacked, not installed. Ends with Bazel's exit code.
#
# Usage: with_slots.sh [options of Bazel]
#
# The environment may have ASIO_WITH_SLOTS, a folder that keeps the headers for
# the next run.

set -euo pipefail
cd "$(dirname "$0")/../../.."

if [[ -n "${ASIO_WITH_SLOTS:-}" ]]; then
  work=$ASIO_WITH_SLOTS
  mkdir -p "$work"
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi

if [[ ! -e "$work/asio/include" ]]; then
  (cd "$work" && apt-get download -o APT::Sandbox::User=root libboost1.81-dev)
  dpkg-deb -x "$work"/libboost1.81-dev*.deb "$work/unpacked"
  mkdir -p "$work/asio"
  mv "$work/unpacked/usr/include" "$work/asio/include"
fi

# Its counts of references have fences, which ThreadSanitizer does not see; so
# they are to be those of Boost, which have none.
define=
[[ " $* " != *" --config=tsan "* ]] || define='"BOOST_ASIO_DISABLE_STD_ATOMIC", '

# It is the repository of Asio for this build.
touch "$work/asio/WORKSPACE"
sed 's|^    name = "boost.asio",|&\
    hdrs = glob(["include/boost/**"]),\
    includes = ["include"],|
s|^    defines = \[|&'"$define"'|' third_party/boost.asio.BUILD >"$work/asio/BUILD.bazel"

./bazelw test --override_repository=boost.asio="$work/asio" "$@" \
  //tests/adapters/asio:coroutine_test
