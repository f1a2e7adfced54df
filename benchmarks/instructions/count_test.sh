#!/bin/bash
# count.py accepts what is near the table's counts, and names what is not.

set -euo pipefail

readonly count="$PWD/benchmarks/instructions/count.py"
readonly table="$PWD/benchmarks/instructions/counts.tsv"
failures=0
cd "$TEST_TMPDIR"

# Compares the lines given with a table of two operations.
check() {
  printf '%s\t100\t40\t20\n' fork >table.tsv
  printf 'GetStore\t5\t3\t0\n' >>table.tsv
  printf '%b\n' "$@" >counted.tsv
  python3 "$count" --check --table table.tsv --counted counted.tsv
}

accepts() {
  check "${@:2}" || { echo "FAIL: refuses $1" && failures=1; }
}

# Expects that the message has $2.
refuses() {
  if check "${@:3}" 2>errors || ! grep -q "$2" errors; then
    echo "FAIL: accepts $1"
    failures=1
  fi
}

accepts 'the same' 'fork\t100\t40\t20' 'GetStore\t5\t3\t0'
accepts 'one of the two' 'GetStore\t5\t3\t0'
accepts 'two per cent more, or less' 'fork\t102\t39.2\t20'
accepts 'half an instruction more' 'GetStore\t5.5\t3\t0'
refuses 'three per cent more' 'fork: 103.0 instructions' 'fork\t103\t40\t20'
refuses 'three per cent less' 'fork: 97.0 instructions' 'fork\t97\t40\t20'
refuses 'more loads' 'fork: 42.0 loads' 'fork\t100\t42\t20'
refuses 'more stores' 'fork: 21.0 stores' 'fork\t100\t40\t21'
refuses 'one that the table lacks' 'Run: is not' 'Run\t1\t1\t1'

# The table itself: numbers, and each operation that has a budget.
python3 "$count" --check --table "$table" --counted "$table" || failures=1
for name in fork 'group task' 'detached task' Run GetStore 'hook event'; do
  grep -q "^$name"$'\t' "$table" || { echo "FAIL: no $name" && failures=1; }
done
exit "$failures"
