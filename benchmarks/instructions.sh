#!/bin/bash
#
# Prints how many instructions each thing takes: in a fork and its join, in a
# task of a group and in a detached one from outside, each with its run, in
# GetStore() and in Run(). Counted by callgrind, in all threads, for two lengths;
# the difference is divided, so that start and end cancel out. Installs valgrind
# if it is missing.

set -euo pipefail
cd "$(dirname "$0")/.."

. benchmarks/need.sh
need valgrind

./bazelw build -c opt //benchmarks:instructions
program=$(./bazelw info -c opt bazel-bin 2>/dev/null)/benchmarks/instructions

# Prints the instructions of doing $1 $2 times.
instructions() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$@" \
    2>&1 | sed -n 's/.*Collected : //p'
}

readonly few=10000 many=50000
for what in fork group submit get_store run; do
  difference=$(($(instructions "$what" "$many") - $(instructions "$what" "$few")))
  awk -v name="$what" -v each="$difference" -v times=$((many - few)) \
    'BEGIN { printf "%-10s %8.1f\n", name, each / times }'
done
