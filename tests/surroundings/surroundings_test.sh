#!/bin/bash
#
# Tests pass in surroundings worse than a developer's machine. The library
# disturb.cc is $1, $2 names the surroundings; the rest are the tests, each in
# quotes with its arguments. Prints a line for each surrounding.

set -uo pipefail

readonly disturb=$1 surroundings=$2
shift 2
[[ "$surroundings" && $# -gt 0 ]] || exit 2
readonly said=$TEST_TMPDIR/said
failed=0

# The surroundings: each runs the command that follows, its output in $said.
undisturbed() {
  "$@" >"$said" 2>&1
}
one_processor() {
  taskset --cpu-list "$(taskset --cpu-list --pid $$ | grep -o '[0-9]*$')" "$@" \
    >"$said" 2>&1
}
small_stacks() {
  (ulimit -s 256 && exec "$@") >"$said" 2>&1
}
a_signal_each_millisecond() {
  DISTURB=signals LD_PRELOAD=$disturb "$@" >"$said" 2>&1 &&
    grep -q 'disturb: signals, [1-9][0-9]* times' "$said"
}
no_membarrier() {
  DISTURB=no_membarrier LD_PRELOAD=$disturb "$@" >"$said" 2>&1 &&
    grep -q 'disturb: no_membarrier' "$said"
}
a_wall_clock_that_is_set() {
  DISTURB=clock LD_PRELOAD=$disturb "$@" >"$said" 2>&1 &&
    grep -q 'disturb: clock, [1-9][0-9]* times' "$said"
}
# Stopped and continued over and over. A test that has ended after one stop is run
# again: a busy machine may hold this shell up for as long as a test takes.
stopped_and_continued() {
  local stops pid try
  for ((try = 0; try < 5; ++try)); do
    stops=0
    "$@" >"$said" 2>&1 &
    pid=$!
    while kill -STOP "$pid" 2>/dev/null; do
      sleep 0.001
      kill -CONT "$pid" 2>/dev/null
      stops=$((stops + 1))
      sleep 0.02
    done
    wait "$pid" || return
    ((stops > 1)) && return
  done
  return 1
}

for surrounding in $surroundings; do
  passed=0
  SECONDS=0
  for test; do
    read -ra command <<<"$test"
    # A filter that fits no test passes too.
    if "$surrounding" "${command[@]}" && ! grep -q 'Running 0 tests' "$said"; then
      passed=$((passed + 1))
    else
      tail -n 40 "$said"
      echo "FAIL: $surrounding: $test"
      failed=1
    fi
  done
  echo "$surrounding: $passed of $# passed, $SECONDS s"
done
exit "$failed"
