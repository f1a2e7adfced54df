#!/bin/bash
#
# Fuzzes the parsers of //propagation with libFuzzer, clang 19's address and
# undefined-behaviour sanitizers on.
#
#   run.sh [options of libFuzzer]
#
# for instance -runs=100000000, or -max_total_time=60; without any, 3 s each.
# FUZZERS="baggage trace_context" names those to run, CORPUS a folder that keeps
# what is found; the corpus in the repository is read only. An input that fails is
# kept in /tmp.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

readonly fuzz=tests/propagation/fuzz
readonly options=("${@:--max_total_time=3}")

tools/install_packages.sh clang-19 libclang-rt-19-dev libabsl-dev
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
readonly corpus=${CORPUS:-$work/corpus}
ln -s "$PWD" "$work/weft"

readonly flags=(-std=c++20 -O1 -g1 -pthread "-I$work"
  -fsanitize=address,undefined -fno-sanitize-recover=all)
objects=()
for source in base/*.cc base/*/*.cc context/*.cc context/internal/*.cc \
  propagation/*.cc propagation/internal/*.cc; do
  object=$work/${source//\//_}.o
  instrument=
  [[ $source != propagation/* ]] || instrument=-fsanitize=fuzzer-no-link
  clang-19 "${flags[@]}" $instrument -c "$source" -o "$object"
  objects+=("$object")
done
for fuzzer in ${FUZZERS:-baggage propagator trace_context}; do
  clang-19 "${flags[@]}" -fsanitize=fuzzer -fsanitize-link-c++-runtime \
    "$fuzz/${fuzzer}_fuzzer.cc" "${objects[@]}" -lstdc++ -o "$work/$fuzzer"
  mkdir -p "$corpus/$fuzzer"
  # libFuzzer says much; of a run that finds nothing one line is enough.
  if ! "$work/$fuzzer" -max_len=20000 -len_control=0 -print_final_stats=1 \
    "-artifact_prefix=/tmp/$fuzzer-" "${options[@]}" \
    "$corpus/$fuzzer" "$fuzz/corpus/$fuzzer" >"$work/log" 2>&1; then
    tail -n 100 "$work/log"
    exit 1
  fi
  echo "$fuzzer: $(grep -o 'executed_units: .*' "$work/log")"
done
