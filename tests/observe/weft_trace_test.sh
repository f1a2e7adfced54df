#!/bin/bash
#
# The program weft_trace, $1, reads what the program killed_process, $2, has
# left, and check_trace.py, $3, and check_otlp.py, $4, what it prints.

set -uo pipefail

readonly weft_trace=$1
readonly killed_process=$2
readonly check_trace=$3
readonly check_otlp=$4
failures=0

fail() {
  echo "FAIL: $1"
  failures=1
}

# Runs weft_trace with the arguments that follow, and expects the exit status $1
# and the text $2 on standard error.
expect_error() {
  local errors status
  errors=$("$weft_trace" "${@:3}" 2>&1 >/dev/null)
  status=$?
  ((status == $1)) || fail "status $status, not $1: ${*:3}"
  [[ "$errors" == *"$2"* ]] || fail "${*:3} says: $errors"
}

expect_error 2 'usage: weft_trace'
expect_error 2 'usage: weft_trace' --format=otlp one two
expect_error 2 'usage: weft_trace' --format=xml "$0"
expect_error 1 'cannot read /no/such/file' /no/such/file
expect_error 1 'is no file of a flight recorder' "$0"

# A process is killed in the middle of a task: its file says in which.
readonly file=$TEST_TMPDIR/killed.weft
exec 4< <(exec "$killed_process" "$file")
pid=$!
read -r line <&4
[[ "$line" == 'at the last task' ]] || fail "killed_process says: $line"
kill -KILL "$pid"
cat <&4 >/dev/null  # until it is gone
said=$("$weft_trace" "$file" 2>&1 >"$TEST_TMPDIR/trace.json") ||
  fail "status $?: $said"
line=$(grep -n 'Submit(last)' tests/observe/killed_process.cc | cut -d: -f1)
pattern="running: thread [0-9]+ FUTURE_TASK [0-9]+, made at [^ ]*killed_process.cc:"
[[ "$said" =~ $pattern$line ]] || fail "no last task at line $line: $said"
[[ "$said" == *'lost: overwritten=0 damaged=0 incomplete=0'* ]] ||
  fail "losses: $said"
checked=$("$check_trace" "$TEST_TMPDIR/trace.json") || fail "the trace: $checked"
[[ "$checked" =~ ^rows=[2-9]\ slices=[0-9]{3,}\ arrows=101$ ]] ||
  fail "the trace has $checked"

# Two files are one trace.
cp "$file" "$TEST_TMPDIR/again.weft"
said=$("$weft_trace" "$file" "$TEST_TMPDIR/again.weft" 2>&1 \
  >"$TEST_TMPDIR/two.json") || fail "two files: $said"
(($(grep -c 'lost: overwritten=0' <<<"$said") == 2)) || fail "two files: $said"
checked=$("$check_trace" "$TEST_TMPDIR/two.json") || fail "two files: $checked"
[[ "$checked" =~ ^rows=[4-9]\ slices=[0-9]{3,}\ arrows=202$ ]] ||
  fail "two files have $checked"
expect_error 1 'cannot read /no/such/file' "$file" /no/such/file

"$weft_trace" --format=otlp "$file" 2>/dev/null >"$TEST_TMPDIR/spans.json" ||
  fail "--format=otlp: status $?"
checked=$("$check_otlp" "$TEST_TMPDIR/spans.json") || fail "the spans: $checked"
[[ "$checked" =~ ^spans=101\ traces=[0-9]+\ children=[0-9]+$ ]] ||
  fail "the file has $checked"

exit "$failures"
