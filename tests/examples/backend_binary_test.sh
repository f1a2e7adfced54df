#!/bin/bash
#
# The program examples/backend, given as the argument: each request is accounted
# for, in each of the ways in which one can end, and none is mixed up, with few
# threads and many.

set -uo pipefail

readonly backend=$1
source tests/support/program_checks.sh

for workers in 1 2 8; do
  output=$("$backend" --workers="$workers" --clients=32 --requests=30)
  status=$?
  ((status == 0)) || fail "status $status with $workers workers"
  line=$(tail -n 1 <<<"$output")
  echo "$workers workers: $line"
  number='([0-9]+)'
  pattern="^backend: asked=$number answered=$number cancelled=$number"
  pattern+=" expired=$number failed=$number mixed=$number\$"
  if [[ ! "$line" =~ $pattern ]]; then
    fail "last line: $line"
    continue
  fi
  read -r asked answered cancelled expired failed mixed \
    <<<"${BASH_REMATCH[*]:1}"
  ((mixed == 0)) || fail "mixed: $line"
  ((asked == answered + cancelled + expired + failed)) || fail "sum: $line"
  # Some leave before they are read.
  ((asked > 32 * 30 * 3 / 4 && asked <= 32 * 30)) || fail "asked: $line"
  ((answered > 0 && cancelled > 0 && expired > 0 && failed > 0)) ||
    fail "a way to end is missing: $line"
done

exit "$failures"
