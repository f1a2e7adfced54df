#!/bin/bash
#
# Puts examples/request_server under load while it observes itself more or less,
# each time next to one that does not: request_server_levels.sh [ROUNDS
# [SECONDS]]. Watched means: a watchdog, the debug page read once a second as
# HTML, and the metrics as often. Both servers of a pair run all the time; that
# which is not under load sleeps. Prints a line for each pair, requests per
# second and their ratio, and at the end the median of each. Fails if a response
# names another request than its own. Installs wrk and curl if they are missing.

set -euo pipefail
cd "$(dirname "$0")/../.."
source benchmarks/servers/load.sh
readonly rounds=${1:-7} seconds=${2:-5}

tools/install_packages.sh wrk curl

./bazelw build -c opt //examples:request_server
server=$(./bazelw info -c opt bazel-bin 2>/dev/null)/examples/request_server
folder=$(mktemp -d)
pids=()
readers=()
stop() {
  ((${#readers[@]} == 0)) || kill "${readers[@]}" 2>/dev/null || true
  ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
  wait
  pids=()
  readers=()
}
trap 'stop; rm -rf "$folder"' EXIT

# Starts a server as $1, with the flags that follow, and sets its URLs.
declare -A url page
start() {
  local name=$1
  shift
  rm -f "$folder/$name"
  "$server" --port=0 --nolog "$@" >"$folder/$name" &
  pids+=($!)
  wait_for_line $! "$folder/$name" 'listening on '
  [[ "$*" != *debug_port* ]] || wait_for_line $! "$folder/$name" 'debug page on '
  url[$name]=$(sed -n 's/^listening on \([^,]*\),.*/\1/p' "$folder/$name")
  page[$name]=$(sed -n 's/^debug page on //p' "$folder/$name")
}

# Reads page and metrics of $1 once a second, and counts how often.
read_page() {
  while sleep 1; do
    curl -sf "${page[$1]}?format=html" "${page[$1]}metrics" -o /dev/null -o /dev/null
    echo read >>"$folder/read.$1"
  done
}

# Writes the requests per second of one run.
load() {
  local result
  result=$(wrk --threads 1 --connections 32 --duration "${seconds}s" \
    --script benchmarks/servers/request_server_load.lua "${url[$1]}" -- true |
    grep '^answered=')
  if [[ ! "$result" =~ \ mixed=0\ failed=0\ requests_per_second=([0-9]+)$ ]]; then
    echo "request_server_levels.sh: $1: $result" >&2
    exit 1
  fi
  echo "${BASH_REMATCH[1]}"
}

# Compares a server of the flags that follow with one that observes nothing.
measure() {
  local name=$1
  shift
  start off --observe=off
  start "$name" "$@"
  if [[ "${page[$name]}" ]]; then
    read_page "$name" &
    readers+=($!)
  fi
  compare "$folder/rounds.$name" "$rounds" off "$name"
  if [[ "${page[$name]}" && ! -s "$folder/read.$name" ]]; then
    echo "request_server_levels.sh: nobody has read the page" >&2
    exit 1
  fi
  stop
}

measure off_again --observe=off
measure counters --observe=counters
measure flight --observe=flight
measure full --observe=full
measure counters_watched --observe=counters --debug_port=0
measure flight_watched --observe=flight --debug_port=0
for file in "$folder"/rounds.*; do
  echo "${file##*.}: $(print_median "$file")"
done
