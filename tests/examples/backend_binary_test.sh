#!/bin/bash
#
# The program examples/backend, given as the argument: each request is accounted
# for, and none is mixed up, with few threads and many; in these runs together
# there is each of the ways in which one can end.

set -uo pipefail

readonly backend=$1
source tests/support/program_checks.sh

of_all=(0 0 0 0)
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
  for i in 0 1 2 3; do
    ((of_all[i] += BASH_REMATCH[i + 2]))
  done
done
for i in 0 1 2 3; do
  ((of_all[i] > 0)) || fail "a way to end is missing: ${of_all[*]}"
done

exit "$failures"
