#!/bin/bash
#
# check_format.sh accepts a formatted source, and names one that is not. Not a
# test for Bazel, as the formatter may have to be installed. Run from the root of
# the repository.

set -euo pipefail

tree=$(mktemp -d)
readonly tree
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/tools/checks"
cp tools/checks/check_format.sh "$tree/tools/checks"
cp tools/install_packages.sh "$tree/tools"
cp .clang-format "$tree"

echo 'int number;' >"$tree/good.h"
"$tree/tools/checks/check_format.sh" || { echo "FAIL: rejects a formatted source"; exit 1; }

echo 'int  number ;' >"$tree/bad.cc"
if "$tree/tools/checks/check_format.sh" 2>"$tree/errors"; then
  echo "FAIL: accepts a source that is not formatted"
  exit 1
fi
grep -q 'bad.cc:1' "$tree/errors" || { echo "FAIL: does not name it"; exit 1; }
