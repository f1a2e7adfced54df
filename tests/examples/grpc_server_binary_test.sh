#!/bin/bash
#
# The program examples/grpc_server, given as the argument: its flags, its end by
# a signal, a short form of its demo, with the client in Python.

set -uo pipefail

readonly server=$1
program=$server
source tests/support/program_checks.sh

expect_error 2 '--port=65536 is out of range: must be 0 to 65535' --port=65536
expect_error 2 '--port=-1 is out of range' --port=-1
expect_error 2 '--threads=0 is out of range: must be 1 to 1024' --threads=0
expect_error 2 '--demo_calls=3 is out of range' --demo --demo_calls=3
expect_error 2 '--next is not for --demo' --demo --next=127.0.0.1:1
expect_error 2 'unexpected argument: demo' demo

for signal in INT TERM; do
  exec 4< <(exec "$server" --port=0 --threads=2 2>"$TEST_TMPDIR/errors")
  pid=$!
  read -r line <&4
  [[ "$line" == "serving at 127.0.0.1:"* ]] || fail "it says: $line"
  # A second one cannot have the port.
  expect_error 1 "cannot listen at ${line#serving at }" --port="${line##*:}"
  kill -"$signal" "$pid"
  wait "$pid" || fail "SIG$signal: status $?: $(<"$TEST_TMPDIR/errors")"
done

output=$("$server" --demo --demo_calls=400 --threads=2 2>"$TEST_TMPDIR/errors")
status=$?
pattern='^demo: calls=800 mixed=0 late=0 failed=0 hops=3 cancelled=100$'
if ((status != 0)) || [[ ! "$(tail -n 1 <<<"$output")" =~ $pattern ]]; then
  fail "demo: status $status: $output $(<"$TEST_TMPDIR/errors")"
fi
echo "$output"

exit "$failures"
