#!/bin/bash
#
# Runs debug_page_browser_test with the npm package speedscope, a viewer of traces,
# which must open the trace too. Fails if npm gives another package than this
# expects. Ends with Bazel's exit code.
#
# Usage: with_speedscope.sh [options of Bazel]

set -euo pipefail
cd "$(dirname "$0")/../.."

readonly package=speedscope-1.25.0
readonly sha512=7297fd1d64d97f58a32d7049ae4f3b55eff9e2d9d8c7aae57f48144e1be7de8a24ea1eb784b5d539\
088c7f8e0f4fe5e8579d3770f7ef7e24f980fe6fa23a7a02
# Debian's npm has hundreds of packages: it is not installed where there is one.
command -v npm >/dev/null || tools/install_packages.sh npm

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(
  cd "$work"
  npm pack --silent "${package/-/@}" >/dev/null
  echo "$sha512  $package.tgz" | sha512sum --check --quiet
  tar xzf "$package.tgz"
)
./bazelw test --test_env="WEFT_SPEEDSCOPE=$work/package" "$@" \
  //tests/examples:debug_page_browser_test
