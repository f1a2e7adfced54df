#!/bin/bash
#
# Gets the npm package speedscope, a viewer of traces, into the folder given, which
# debug_page_browser_test then opens a trace with:
#
#   tests/examples/get_speedscope.sh /tmp/speedscope
#   ./bazelw test --test_env=WEFT_SPEEDSCOPE=/tmp/speedscope/package \
#     //tests/examples:debug_page_browser_test
#
# Fails if it is not the package that this expects.

set -euo pipefail

readonly package=speedscope-1.25.0
readonly sha512=7297fd1d64d97f58a32d7049ae4f3b55eff9e2d9d8c7aae57f48144e1be7de8a24ea1eb784b5d539\
088c7f8e0f4fe5e8579d3770f7ef7e24f980fe6fa23a7a02
# Debian's npm has hundreds of packages: it is not installed where there is one.
command -v npm >/dev/null || "$(dirname "${BASH_SOURCE[0]}")/../../tools/install_packages.sh" npm

mkdir -p "$1"
cd "$1"
npm pack --silent "${package/-/@}" >/dev/null
echo "$sha512  $package.tgz" | sha512sum --check --quiet
tar xzf "$package.tgz"
