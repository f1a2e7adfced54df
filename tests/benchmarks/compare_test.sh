#!/bin/bash
#
# The comparison runs some of its workloads, and finds their answers right; its
# options do what they say.

set -euo pipefail

readonly compare=$1
readonly json=$TEST_TMPDIR/rows.json
export BUILD_WORKING_DIRECTORY=$TEST_TMPDIR

fail() {
  echo "$1" >&2
  exit 1
}

"$compare" --rounds=1 --more_seconds=0 --threads=1,2 --json=rows.json \
  --filter='nqueens|for, 1024|Store'
[[ -s $json ]] || fail "no rows were written"
[[ $(grep -c '"benchmark": "nqueens"' "$json") == 8 ]] || fail "rows are missing"
! grep -q '"benchmark": "fib"' "$json" || fail "the filter lets others through"

"$compare" --rounds=1 --more_seconds=0 --threads=2 \
  --filter='pipeline item|graph|child|strand|bound|timer/'

! "$compare" --threads=0 || fail "a pool without threads"
! "$compare" --filter='(' || fail "a filter that is none"
! "$compare" --rounds=1 --filter=GetStore --json=no/such/folder ||
  fail "rows that cannot be written"
