#!/bin/bash
#
# Succeeds if the examples of the program $1 do, each in a process of its own,
# and print what is in the file $2, on standard error too. A place in the source
# reads `file:line` there. Of an example that is meant to end its process the
# last line is "failed with status ...".

set -euo pipefail
diff -u "$2" <(
  for example in $("$1"); do
    echo "== $example"
    "$1" "$example" 2>&1 || echo "failed with status $?"
  done | sed -E 's/[^ :]+\.(cc|h|md):[0-9]+/file:line/g'
)
