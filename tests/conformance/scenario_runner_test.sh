#!/bin/bash
#
# The program scenario_runner, given as the argument: where it reads from, its
# flags, its errors.

set -uo pipefail

readonly runner=$1
readonly program=$TEST_TMPDIR/program
failures=0

fail() {
  echo "FAIL: $1"
  failures=1
}

# Runs the text $1, with the flags that follow the expected output $2.
expect_output() {
  local output
  output=$("$runner" "${@:3}" <<<"$1") || fail "status $? for $1"
  [[ "$output" == "$2" ]] || fail "${*:3} of $1 prints: $output"
}

# Runs the text $1, with the flags that follow the expected error $2.
expect_error() {
  local errors status
  errors=$("$runner" "${@:3}" <<<"$1" 2>&1)
  status=$?
  ((status == 2)) || fail "status $status, not 2: ${*:3} of $1"
  [[ "$errors" == *"$2"* ]] || fail "${*:3} of $1 says: $errors"
}

readonly tasks='(als a) ; a comment
(run a 1 (spawn t (log a) (throw e)) (spawn s (log a)))
(mark m)'
readonly in_order='init t <- root
init s <- root
mark m
before t
get a=1
uncaught t e
after t
before s
get a=1
after s'
readonly by_task='[root]
init t <- root
init s <- root
mark m
[s]
before s
get a=1
after s
[t]
before t
get a=1
uncaught t e
after t'

expect_output "$tasks" "$in_order"
expect_output "$tasks" "$in_order" --executor=manual
expect_output "$tasks" "$by_task" --per_task
for workers in 1 2 8; do
  expect_output "$tasks" "$by_task" \
    --per_task --executor=work_stealing --workers="$workers"
done
expect_output "$tasks" "$by_task" --per_task --executor=work_stealing

echo "$tasks" >"$program"
output=$("$runner" "$program" </dev/null) || fail "status $? for a file"
[[ "$output" == "$in_order" ]] || fail "a file prints: $output"

expect_output '' ''
expect_output '(spawn t (spawn u) (throw e)) (throw f)' 'init t <- root
uncaught root f
before t
init u <- t
uncaught t e
after t
before u
after u'

# Waits.
readonly waits='(promise p) (spawn s (resolve p)) (spawn t (mark t)) (join t)
(await p)'
expect_output "$waits" 'init p <- root
init s <- root
init t <- root
before s
resolve p
after s
before t
mark t
after t'
expect_output "$waits" '[root]
init p <- root
init s <- root
init t <- root
[s]
before s
resolve p
after s
[t]
before t
mark t
after t' --per_task --executor=work_stealing --workers=2
expect_error '(spawn t (join t))' 'join: the program is not confluent' \
  --executor=work_stealing --workers=1

# Fuel.
expect_output '(mark a)(mark b)(mark c)' $'mark a\nmark b' --fuel=2
expect_output '(mark a)' '' --fuel=0
expect_output '(bind f (mark x) (call f)) (call f)' \
  "$(yes 'mark x' | head -n 299)"

# Programs that are wrong.
expect_error '(mark x' 'standard input: line 2, column 1: found the end of the'
expect_error $'(ids)\n (foo)' 'line 2, column 3: found '"'foo'"'; allowed: an op'
expect_error '(mark)' "line 1, column 6: found ')'; allowed: a word, as in"
expect_error '(ids) (log a)' \
  "line 1, column 7: log: 'a' is undefined; allowed: a storage"
expect_error '(res r) (run r 1)' \
  "line 1, column 9: run: 'r' is a resource; allowed: a storage"
expect_error '(hook h) (on h) (act h init (throw e)) (res r)' \
  "line 1, column 29: exception 'e' leaves the body of hook 'h'"
expect_error '(spawn t (on h))' "line 1, column 10: on: 'h' is undefined" \
  --executor=work_stealing --workers=2
expect_error '(bind f (call f)) (call f)' \
  'line 1, column 9: statements run nested more than 650 deep' --fuel=5000
expect_error '(als a) (bind f (scope a 1 (call f))) (spawn t (call f))' \
  'statements run nested more than 650 deep' \
  --fuel=5000 --executor=work_stealing --workers=1
expect_error '(hook h) (on h) (bind f (act h init (call f)) (res r)) (call f)' \
  'line 1, column 25: acts run nested more than 250 deep' --fuel=5000
echo '(ids))' >"$program"
expect_error '' "$program: line 1, column 6: found ')'; allowed: '('" "$program"

# Flags and arguments that are wrong.
expect_error '' '--executor=tokio is unknown: must be manual or work_stealing' \
  --executor=tokio
expect_error '' '--workers=0 is out of range: must be 1 to 1024' --workers=0
expect_error '' '--workers=1025 is out of range' --workers=1025
expect_error '' '--workers=many is out of range' --workers=many
expect_error '' '--fuel=-1 is out of range: must be 0 to 1000000' --fuel=-1
expect_error '' '--fuel=99999999999999999999 is out of range' \
  --fuel=99999999999999999999
expect_error '' 'cannot read /no/such/file' /no/such/file
expect_error '' "cannot read $TEST_TMPDIR" "$TEST_TMPDIR"
expect_error '' 'unexpected argument: b' a b

exit "$failures"
