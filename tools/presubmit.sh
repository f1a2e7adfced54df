#!/bin/bash
#
# What a change must pass before it is submitted: the format, then all of CI.

set -euo pipefail
cd "$(dirname "$0")/.."

git ls-files '*.h' '*.cc' |
  xargs --no-run-if-empty "${CLANG_FORMAT:-clang-format-19}" --dry-run --Werror
exec .ci/run
