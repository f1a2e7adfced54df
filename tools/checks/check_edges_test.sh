#!/bin/bash
# check_edges.py accepts tags that are defined once and rejects all others, each
# with the file and the line.

set -euo pipefail

readonly check="$PWD/tools/checks/check_edges.py"
failures=0

# Fills two files with the lines $1 and $2.
tree_with() {
  rm -rf "$TEST_TMPDIR/tree"
  mkdir -p "$TEST_TMPDIR/tree/executor"
  cd "$TEST_TMPDIR/tree"
  printf '%b' "$1" >executor/a.h
  printf '%b' "$2" >executor/b.cc
}

accepts() {
  tree_with "$@"
  python3 "$check" executor || { echo "FAIL: rejects: $*"; failures=1; }
}

# Takes what the complaint begins with, then the lines.
rejects() {
  tree_with "${@:2}"
  if python3 "$check" executor 2>errors || ! grep -qF "$1" errors; then
    echo "FAIL: accepts: ${*:2}"
    failures=1
  fi
}

accepts '//   [G1] A <-> B.\n' 'x.load(order);  // [G1]\n'
accepts '  //   [G1] A <-> B.\n' '// [G1] as there.\n'
accepts '//   [G1] A <-> B.\nint a[N1];\n' ''

rejects 'executor/b.cc:1: [G1] is defined nowhere' '' 'x.load(order);  // [G1]\n'
rejects 'executor/b.cc:2: [G1] is defined at executor/a.h:1' \
  '//   [G1] A <-> B.\n' '\n//   [G1] C <-> D.\n'
rejects 'executor/a.h:2: [G1] is defined at executor/a.h:1' \
  '//   [G1] A <-> B.\n//   [G1] C <-> D.\n' ''
rejects 'no edges found' '' ''

exit "$failures"
