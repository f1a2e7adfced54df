# For tests of programs, to be sourced. The test sets `program`, the one that
# run() runs, and ends with `exit "$failures"`.

failures=0

# Says what is wrong; the test goes on.
fail() {
  echo "FAIL: $1"
  failures=1
}

# Runs the program with the arguments that follow, for at most $run_seconds;
# expects the exit status $1. Leaves what it says in $output and $errors.
run_seconds=30
run() {
  local status
  output=$(timeout "$run_seconds" "$program" "${@:2}" 2>"$TEST_TMPDIR/run_errors")
  status=$?
  errors=$(<"$TEST_TMPDIR/run_errors")
  ((status == $1)) || fail "status $status, not $1: ${*:2}: $output $errors"
}

# Expects the line $1 in $output.
expect_line() {
  grep -qxF -- "$1" <<<"$output" || fail "no line '$1': $output"
}

# Expects the text $1 in $errors.
expect_in_errors() {
  [[ "$errors" == *"$1"* ]] || fail "no '$1' on standard error: $errors"
}

# Runs the program with the arguments that follow; expects the exit status $1,
# and the text $2 on standard error.
expect_error() {
  run "$1" "${@:3}"
  [[ "$errors" == *"$2"* ]] || fail "${*:3} says: $errors"
}
