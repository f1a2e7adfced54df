#!/bin/bash
#
# Puts examples/request_server under load, without context and with it in turns,
# and checks each response: request_server_load.sh [ROUNDS [SECONDS]]. Prints a
# line for each run; fails if a response names another request than its own.
# Installs wrk if it is missing.

set -euo pipefail
cd "$(dirname "$0")/../.."
source benchmarks/servers/load.sh
readonly rounds=${1:-3} seconds=${2:-10}

tools/install_packages.sh wrk

./bazelw build -c opt //examples:request_server
server=$(./bazelw info -c opt bazel-bin 2>/dev/null)/examples/request_server
log=$(mktemp)
results=$(mktemp)
server_pid=
trap 'rm -f "$log" "$results"; [[ -z "$server_pid" ]] || kill "$server_pid"' EXIT

# Loads a server that is started with --context=$1.
load() {
  local url
  : >"$log"
  "$server" --port=0 --context="$1" >"$log" &
  server_pid=$!
  wait_for_line "$server_pid" "$log" 'listening on '
  url=$(sed -n 's/^listening on \([^,]*\),.*/\1/p' "$log")
  wrk --threads 1 --connections 32 --duration "${seconds}s" \
    --script benchmarks/servers/request_server_load.lua "$url" -- "$1" |
    sed -n "s/^answered=/context=$1 &/p" | tee -a "$results"
  kill "$server_pid"
  wait "$server_pid"
  server_pid=
}

for ((i = 0; i < rounds; ++i)); do
  load false
  load true
done
! grep -qE 'mixed=[1-9]|failed=[1-9]' "$results"
