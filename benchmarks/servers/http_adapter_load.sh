#!/bin/bash
#
# Puts benchmarks/servers/http_server under load, bare and with the context of each
# request in turns: http_adapter_load.sh [ROUNDS [SECONDS]]. Prints a line for
# each round, requests per second and their ratio, and then the median ratio.
# Both servers run all the time, on one thread each; that which is not under
# load sleeps. Fails if a server answers with another trace than the request's.
# Installs wrk and curl if they are missing.

set -euo pipefail
cd "$(dirname "$0")/../.."
source benchmarks/servers/load.sh
readonly rounds=${1:-7} seconds=${2:-5}
readonly trace=4bf92f3577b34da6a3ce929d0e0e4736
readonly fields=(-H "traceparent: 00-$trace-00f067aa0ba902b7-01"
  -H "tracestate: vendor=a1b2c3" -H "baggage: user=ada,plan=blue"
  -H "x-tenant: acme")

tools/install_packages.sh wrk curl

./bazelw build -c opt //benchmarks/servers:http_server
server=$(./bazelw info -c opt bazel-bin 2>/dev/null)/benchmarks/servers/http_server
folder=$(mktemp -d)
pids=()
trap 'rm -rf "$folder"; ((${#pids[@]} == 0)) || kill "${pids[@]}"' EXIT

# Starts a server, writes its URL.
start() {
  "$server" "$1" >"$folder/$1" &
  pids+=($!)
  wait_for_line $! "$folder/$1" 'listening on '
  local answer
  url[$1]=http://127.0.0.1:$(sed -n 's/^listening on //p' "$folder/$1")/
  answer=$(curl -s "${fields[@]}" "${url[$1]}")
  if [[ "$answer" != "$trace" ]]; then
    echo "http_adapter_load.sh: $1 answers with the trace '$answer', not $trace" >&2
    exit 1
  fi
}

# Writes the requests per second of one run.
load() {
  wrk --threads 1 --connections 32 --duration "${seconds}s" "${fields[@]}" \
    "${url[$1]}" | sed -n 's/^Requests\/sec: *//p'
}

declare -A url
start bare
start carried
compare "$folder/rounds" "$rounds" bare carried
print_median "$folder/rounds"
