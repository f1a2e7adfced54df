#!/bin/bash
#
# The program examples/request_server, given as the argument: its flags, its
# demo, its end by a signal.

set -uo pipefail

readonly server=$1
readonly check_trace=$2
program=$server
source tests/support/program_checks.sh

# Starts the server on a free port, with its output on descriptor 4, and the
# arguments.
start_server() {
  exec 4< <(exec "$server" --port=0 --workers=2 "$@")
  pid=$!
  local line
  read -r line <&4
  [[ "$line" =~ http://127\.0\.0\.1:([0-9]+)/hops ]] || fail "no port: $line"
  port=${BASH_REMATCH[1]}
}

expect_error 2 '--port=65536 is out of range: must be 0 to 65535' --port=65536
expect_error 2 '--port=-1 is out of range' --port=-1
expect_error 2 '--workers=0 is out of range: must be 1 to 1024' --workers=0
expect_error 2 '--workers=1025 is out of range' --workers=1025 --demo
expect_error 2 '--requests=0 is out of range' --demo --requests=0
expect_error 2 '--clients=0 is out of range' --demo --clients=0
expect_error 2 '--upstream=65536 is out of range' --upstream=65536
expect_error 2 '--trust=all must be continue, link or ignore' --trust=all
expect_error 2 '--upstream and --trust are not for --demo' --demo --upstream=1
expect_error 2 '--upstream and --trust are not for --demo' --demo --trust=link
expect_error 2 'unexpected argument: demo' demo
expect_error 2 '--trace: only with --demo' --trace=file
expect_error 2 '--observe=all must be off, counters, flight or full' --observe=all
expect_error 2 '--trace: only with --observe=flight or full' \
  --demo --trace=file --observe=counters
expect_error 2 '--debug_port=65536 is out of range' --debug_port=65536
expect_error 1 'workers' --workers=many
expect_error 1 'colour' --colour

output=$("$server" --demo --requests=300 --clients=8 --workers=3) ||
  fail "the demo's status is $?"
pattern='^demo: requests=300 mismatches=0 workers=3 requests_per_second=[0-9]+$'
[[ "$(tail -n 1 <<<"$output")" =~ $pattern ]] || fail "$output"
for line in 'r0: start' 'r0: finish' 'r2: finish' ' balanced'; do
  grep -q "$line" <<<"$output" || fail "the demo does not say '$line': $output"
done

# A trace that crosses two processes.
start_server --nolog
upstream_pid=$pid
exec 5<&4
start_server --upstream="$port"
exec 3<>"/dev/tcp/127.0.0.1/$port"
readonly trace=4bf92f3577b34da6a3ce929d0e0e4736
printf 'GET /hops HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Tenant: ada\r\n%s' \
  "traceparent: 00-$trace-00f067aa0ba902b7-01"$'\r\n\r\n' >&3
answer=$(cat <&3)
traced=$(grep -c "\"tenant\":\"ada\".*\"trace_id\":\"$trace\"" <<<"$answer")
((traced == 18)) || fail "two processes: $traced hops of 18: $answer"
kill -TERM "$pid"
wait "$pid" || fail "two processes: status $?"
grep -q ' balanced' <<<"$(cat <&4)" || fail 'two processes: no event counts'
kill -TERM "$upstream_pid"
log=$(cat <&5)
grep -q ' balanced' <<<"$log" || fail "two processes: the second: $log"
! grep -q 'start GET' <<<"$log" || fail "--nolog: $log"

# A trace has slices of several threads, and arrows between them.
readonly trace_file=$TEST_TMPDIR/trace.json
"$server" --demo --requests=300 --workers=2 --trace="$trace_file" >/dev/null 2>&1 ||
  fail "tracing: status $?"
checked=$("$check_trace" "$trace_file") || fail "the trace: $checked"
[[ "$checked" =~ ^rows=[2-9].*\ slices=[0-9]{3,}\ arrows=[0-9]{3,}$ ]] ||
  fail "the trace has $checked"
expect_error 1 'cannot write /no/such/file' \
  --demo --requests=1 --trace=/no/such/file

# The debug page: for this machine only, and only to be read.
start_server --nolog --debug_port=0
read -r line <&4
[[ "$line" =~ ^debug\ page\ on\ http://127\.0\.0\.1:([0-9]+)/$ ]] ||
  fail "no page: $line"
readonly debug_port=${BASH_REMATCH[1]}
# Sends the request $1 for the Host $2 to the page; its answer is in $answer.
ask_page() {
  exec 3<>"/dev/tcp/127.0.0.1/$debug_port"
  printf '%s HTTP/1.1\r\nHost: %s\r\n\r\n' "$1" "$2" >&3
  answer=$(cat <&3)
}
expect_answer() {
  [[ "$answer" == *"$1"* ]] || fail "the page: no '$1': $answer"
}
ask_page 'GET /' "127.0.0.1:$debug_port"
expect_answer 'HTTP/1.1 200 OK'
expect_answer 'Content-Type: text/plain'
expect_answer $'\nhttp '
ask_page 'GET /?format=html' localhost
expect_answer '<!DOCTYPE html>'
ask_page 'GET /metrics' localhost
expect_answer 'weft_task_runs_total{executor="http"} '
ask_page 'GET /retention' localhost
expect_answer $'\nretention: '
expect_answer ' are known'
ask_page 'GET /' 'rebound.example'
expect_answer 'HTTP/1.1 403 Forbidden'
ask_page 'DELETE /' localhost
expect_answer 'HTTP/1.1 405 Method Not Allowed'
expect_answer 'Allow: GET'
expect_error 1 "cannot listen on 127.0.0.1:$debug_port" \
  --port=0 --debug_port="$debug_port"
kill -TERM "$pid"
wait "$pid" || fail "the page: status $?"

# Many requests at once on one connection; SIGTERM when the first is under way.
readonly requests=50
start_server
expect_error 1 "cannot listen on 127.0.0.1:$port: Address already in use" \
  --port="$port"
exec 3<>"/dev/tcp/127.0.0.1/$port"
for ((i = 0; i < requests; ++i)); do
  printf 'GET /hops HTTP/1.1\r\nHost: a\r\nX-Request-Id: p%d\r\n\r\n' "$i"
done >&3
while read -r line <&4; do
  [[ "$line" != *'p0: start'* ]] || break
done
kill -TERM "$pid"
log=$(cat <&4)
wait "$pid" || fail "SIGTERM: status $?"
answers=$(grep -c '^X-Request-Id: p' <&3)
((answers == requests)) || fail "SIGTERM: $answers of $requests answered"
grep -q 'balanced' <<<"$log" || fail "SIGTERM: no event counts: $log"
! grep -q 'NOT BALANCED' <<<"$log" || fail "SIGTERM: $log"

# What a client sends controls no terminal on which the log is shown, and makes
# no line of it.
start_server
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /\xc2\x9b\x9b2J HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' >&3
cat <&3 >/dev/null
kill -TERM "$pid"
log=$(cat <&4)
wait "$pid" || fail "odd target: status $?"
grep -qF 'start GET /\xc2\x9b\x9b\x32J' <<<"$log" || fail "odd target: $log"
! LC_ALL=C grep -q '[^ -~]' <<<"$log" || fail "unescaped: $(cat -v <<<"$log")"

# Requests whose time is up wherever they are: those are told, the server stays.
"$server" --demo --requests=2000 --deadline_ms=3 --workers=2 >/dev/null 2>&1
status=$?
((status <= 1)) || fail "deadlines: status $status"

# Nothing to answer; Ctrl-C.
start_server
kill -INT "$pid"
wait "$pid" || fail "SIGINT: status $?"

exit "$failures"
