#!/bin/bash
#
# Fails if a source in C++ is not formatted as clang-format-19 has it, which it
# installs if that is missing.

set -euo pipefail
cd "$(dirname "$0")/../.."

tools/install_packages.sh clang-format-19
find . -name .git -prune -o -type f '(' -name '*.h' -o -name '*.cc' ')' -print0 |
  xargs --null clang-format-19 --dry-run --Werror
