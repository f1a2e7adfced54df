#!/bin/bash
#
# Puts benchmarks/servers/grpc_server under load of h2load, bare and with the
# context of each call in turns, and then bare and with calls that gRPC intercepts
# for nothing: grpc_adapter_load.sh [ROUNDS [SECONDS]]. Prints a line for each
# round, calls per second and their ratio, and then the median ratios. The servers
# run all the time; those that are not under load sleep. At the end it prints how
# many calls have come to each handler. Fails if a call with a context was handled
# in another trace than its own. Installs h2load if it is missing.

set -euo pipefail
cd "$(dirname "$0")/../.."
source benchmarks/servers/load.sh
readonly rounds=${1:-7} seconds=${2:-5}
readonly trace=4bf92f3577b34da6a3ce929d0e0e4736

tools/install_packages.sh nghttp2-client

./bazelw build -c opt //benchmarks/servers:grpc_server
server=$(./bazelw info -c opt bazel-bin 2>/dev/null)/benchmarks/servers/grpc_server
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A question whose text is the trace: gRPC's head of five bytes, then field 4.
printf '\0\0\0\0\x22\x22\x20%s' "$trace" >"$folder/question"

# Starts a server, which ends when nobody can write to its input any more.
start() {
  mkfifo "$folder/$1.end"
  "$server" "$1" <"$folder/$1.end" >"$folder/$1" &
  pid[$1]=$!
  exec {end}>"$folder/$1.end"
  ends[$1]=$end
  wait_for_line "${pid[$1]}" "$folder/$1" 'listening on '
  url[$1]=http://$(sed -n 's/^listening on //p' "$folder/$1")/weft.examples.Hops/Ask
}

# Writes the calls per second of one run.
load() {
  h2load --duration="$seconds" --clients=8 --max-concurrent-streams=8 \
    --data="$folder/question" \
    --header='content-type: application/grpc' --header='te: trailers' \
    --header="traceparent: 00-$trace-00f067aa0ba902b7-01" \
    --header='baggage: user=ada,plan=blue' "${url[$1]}" >"$folder/said"
  if ! grep -q ' 0 failed, 0 errored, 0 timeout$' "$folder/said"; then
    cat "$folder/said" >&2
    exit 1
  fi
  sed -n 's/^finished in .*, \([0-9.]*\) req\/s,.*/\1/p' "$folder/said"
}

declare -A url pid ends
for name in bare intercepted carried; do start "$name"; done
for name in carried intercepted; do
  compare "$folder/rounds.$name" "$rounds" bare "$name"
done
for name in carried intercepted; do
  echo "$name: $(print_median "$folder/rounds.$name")"
done
# The last one that was started first: it holds the others' inputs open.
for name in carried intercepted bare; do
  end=${ends[$name]}
  exec {end}>&-
  wait "${pid[$name]}"
  echo "$name: $(tail -n 1 "$folder/$name")"
done
if ! grep -qE '^asked=([1-9][0-9]*) right=\1$' "$folder/carried"; then
  echo 'grpc_adapter_load.sh: calls were handled in another trace' >&2
  exit 1
fi
