#!/bin/bash
#
# gdb, with the commands of $2, shows what the threads of the process $1 run: in
# the process, and in a core dump of it.

set -uo pipefail

readonly process=$1
readonly commands=$2
readonly core=$TEST_TMPDIR/core
failures=0

fail() {
  echo "FAIL: $1"
  failures=1
}

exec 4< <(exec "$process")
readonly pid=$!
trap 'kill -9 "$pid"' EXIT
read -r outer inner fork scoped <&4 || fail "the process has not begun"

# $1 is the output of gdb, $2 where it comes from.
check() {
  local output=$1 from=$2
  local place='from tests/observe/gdb_process\.cc'
  # Expects a thread with these lines.
  expect() {
    local line pattern=
    for line; do
      pattern+="$line"$'\n'
    done
    [[ "$output"$'\n' =~ $pattern ]] || fail "$from: there is no
$pattern in
$output"
  }
  expect ": TASK( [0-9]+)? $place:$inner \(int main\(\)\)" \
    "  caused by TASK $place:$outer \(int main\(\)\)"
  expect ": FORK_TASK( [0-9]+)? $place:$fork \(int main\(\)\)" \
    "  caused by TASK $place:$inner \(int main\(\)\)" \
    "  caused by TASK $place:$outer \(int main\(\)\)"
  expect ": TASK( [0-9]+)? $place:$scoped \(int main\(\)\)"
  local tasks
  tasks=$(grep -c '^Thread ' <<<"$1")
  ((tasks == 3)) || fail "$2: $tasks threads run tasks, and not 3"
}

# Symbols of the system's libraries are not to be asked of anybody.
gdb() {
  env -u DEBUGINFOD_URLS gdb --nx --quiet --batch "$@" 2>&1
}

live=$(gdb -p "$pid" -x "$commands" -ex 'weft tasks')
check "$(grep -A 3 '^Thread [0-9]* (LWP' <<<"$live" | grep -v '^--')" 'process'
kill -0 "$pid" || fail "the process has ended"

env -u DEBUGINFOD_URLS gcore -o "$core" "$pid" >"$TEST_TMPDIR/gcore.log" 2>&1 ||
  fail "gcore: $(cat "$TEST_TMPDIR/gcore.log")"
dumped=$(gdb "$process" "$core.$pid" -x "$commands" -ex 'weft tasks')
check "$(grep -A 3 '^Thread [0-9]* (LWP' <<<"$dumped" | grep -v '^--')" 'core dump'

# What is no program with Weft is told so.
sleep 60 &
readonly other=$!
without=$(gdb -p "$other" -x "$commands" -ex 'weft tasks')
kill "$other"
[[ "$without" == *'must be one with Weft, and not stripped'* ]] ||
  fail "of another program it says: $without"
none=$(gdb -x "$commands" -ex 'weft tasks')
[[ "$none" == *'weft: there is no process'* ]] || fail "without one it says: $none"

((failures == 0)) && echo 'PASS'
exit "$failures"
