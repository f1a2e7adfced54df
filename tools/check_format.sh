#!/bin/bash
#
# Fails if a source in C++ is not formatted as clang-format-19 has it, which it
# installs if that is missing.

set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_packages.sh clang-format-19
git ls-files '*.h' '*.cc' |
  xargs --no-run-if-empty clang-format-19 --dry-run --Werror
