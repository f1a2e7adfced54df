#!/bin/bash
#
# Runs what takes hours, and prints what held as one page in Markdown:
#
#   tools/reliability.sh >docs/reliability.md
#   tools/reliability.sh --percent=5       # the same with 5 % of the numbers
#   tools/reliability.sh --short           # minutes: with the smallest numbers
#   tools/reliability.sh tenants schedules # some of its parts, in that order
#
# What fails is printed to standard error, and makes the exit status 1. The
# variable BAZEL_OPTIONS has options for the parts that need no configuration of
# their own, so that a short run uses what a test run has built.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

short=
size=
percent=100
case ${1:-} in
  --short) short=1 size=$1; shift ;;
  --percent=*) percent=${1#*=} size=$1; shift ;;
esac
if ! [[ $percent =~ ^[0-9]+$ ]] || ((10#$percent < 1 || 10#$percent > 100)); then
  echo "reliability.sh: --percent=$percent; allowed: 1 to 100" >&2
  exit 2
fi
percent=$((10#$percent))
read -ra options <<<"${BAZEL_OPTIONS:---config=ci --config=opt}"
status=0

# Prints so many percent of $1 in a long run, at least 1, and $2 in a short one.
either() {
  if [[ -n $short ]]; then echo "$2"; else echo $((($1 * percent + 99) / 100)); fi
}

# Runs the test $1 with the arguments that follow. Sets `cases` to the number of
# those that passed, and `log` to the file with what they said.
run() {
  local target=$1 arguments=()
  shift
  for argument; do arguments+=("--test_arg=$argument"); done
  log=bazel-testlogs/${target#//}
  log=${log/://}/test.log
  [[ -n $short ]] || arguments+=(--test_timeout=86400)
  if ! ./bazelw test "${options[@]}" "${arguments[@]}" "$target" \
    >"$said" 2>&1; then
    cat "$said" >&2
    return 1
  fi
  cases=$(grep -c '^\[       OK \]' "$log" || true)
}

# Prints a row: what was done, and what held.
row() {
  echo "| $1 | $2 | $((SECONDS - began)) s |"
}

tenants() {
  local tasks
  tasks=$(either 84000000 20000)
  run //tests/stress:tenant_stress_test "--tasks=$tasks" &&
    row "Random graphs of tasks of many tenants, with 1, 2, 8 and 64 workers" \
      "$((cases * tasks)) tasks, 0 in another's context"
}

# ThreadSanitizer keeps each stack on which it has met a mutex, and here nearly
# all differ: so several runs.
tenants_tsan() {
  local runs tasks seed all=0
  runs=$(either 40 1)
  tasks=$(either 500000 6000)
  local options=(--config=ci --config=tsan
    --test_env=TSAN_OPTIONS=halt_on_error=1:detect_deadlocks=0)
  for ((seed = 1; seed <= runs; ++seed)); do
    run //tests/stress:tenant_stress_test "--tasks=$tasks" "--seed=$seed" \
      '--gtest_filter=*Workers2Throwing10' || return 1
    all=$((all + cases * tasks))
  done
  row "The same under ThreadSanitizer" "$all tasks, 0 reports"
}

lifecycles() {
  local cycles
  cycles=$(either 10000 100)
  run //tests/stress:lifecycle_stress_test "--cycles=$cycles" &&
    row "Executors made, used, stopped and destroyed" "$((cases * cycles)) cycles"
}

lanes() {
  local operations
  operations=$(either 20000000 30000)
  run //tests/stress:lanes_stress_test "--operations=$operations" &&
    row "Random operations on lanes over lanes" "$((cases * operations)) operations"
}

# All that observes is on, and the watchdog at its defaults has nothing to say.
soak() {
  local seconds
  seconds=$(either 600 3)
  run //tests/stress:watchdog_soak_test "--seconds=$seconds" &&
    row "A healthy load, observed in all ways, with 1, 2 and 8 workers" \
      "$(sed -n 's/^soak:.* runs=\([0-9]*\) .*/\1/p' "$log" |
        awk '{ all += $1 } END { printf "%d", all }') tasks, 0 reports of the watchdog"
}

allocations() {
  local all=0
  for test in //tests/context:allocation_failure_test \
    //tests/executor/internal:allocation_failure_test; do
    run "$test" || return 1
    all=$((all + cases))
  done
  row "Allocation k fails, for each k" "$all operations leave all as it was"
}

threads() {
  run //tests/executor/internal:no_threads_test &&
    row "No thread can be had" "$cases cases: an error, and later it works"
}

surroundings() {
  run //tests/surroundings:surroundings_test || return 1
  while IFS=: read -r surrounding passed; do
    row "Tests, surroundings: ${surrounding//_/ }" "${passed%,*}"
  done < <(grep ' passed, ' "$log")
}

processes() {
  local all=0
  for test in //tests/executor/internal:process_end_test //tests/executor/internal:fork_locks_test \
    //tests/executor/internal:stack_limit_test //tests/surroundings:plugin_test; do
    run "$test" || return 1
    all=$((all + cases))
  done
  row "fork(2), exit, small stacks, dlopen(3) of a second copy" "$all cases"
}

programs() {
  local programs
  programs=$(either 100000 200)
  run //tests/conformance:random_programs_test "--programs=$programs" &&
    row "Random programs, against the model and Node's rules, also in simulated schedules" \
      "$((cases * programs)) programs, 0 differ"
}

schedules() {
  run //tests/executor/simulation:planted_bugs_test || return 1
  row "Planted bugs, by simulated schedules" \
    "$(grep -c '^| ' "$log") found, each within 10,000 schedules"
}

models() {
  local all=0
  for model in $(./bazelw query "kind(cc_test, //tests/model/...)" 2>/dev/null); do
    run "$model" || return 1
    all=$((all + cases))
  done
  row "Protocols explored step by step, with the memory model" "$all models"
}

fuzzers() {
  local limit=-max_total_time=3
  [[ -n $short ]] || limit=-runs=$(either 100000000)
  tests/propagation/fuzz/run.sh "$limit" >"$said" ||
    { cat "$said" >&2; return 1; }
  while IFS=: read -r fuzzer _ executions; do
    row "Fuzzer \`$fuzzer\`" "$executions executions"
  done <"$said"
}

mutants() {
  local all
  all=$(tests/mutation/run.py --list | wc -l)
  if [[ -n $short ]]; then
    run //tests/mutation:mutants_apply_test && row "Mutants" "$all apply; not run"
    return
  fi
  # A sample, evenly spread.
  local names
  mapfile -t names < <(tests/mutation/run.py --list | cut -d: -f1 |
    awk -v "percent=$percent" 'int(NR * percent / 100) > int((NR - 1) * percent / 100)')
  tests/mutation/run.py "${names[@]}" >"$said" 2>&1 || { cat "$said" >&2; status=1; }
  row "Mutants, of $all" "$(grep -c ': caught' "$said") of $(grep -cE '^[a-z_0-9]+: ' "$said") caught"
}

coverage() {
  [[ -z $short ]] || return 0
  tools/coverage.sh >"$said" || return 1
  row "Lines run by the tests" "$(sed -n 's/^| all | \([^|]*\) |.*/\1/p' "$said")"
  row "Branches run by the tests" "$(sed -n 's/^| all | [^|]* | \([^|]*\) |$/\1/p' "$said")"
}

demos() {
  for demo in request_server distributed_pipeline; do
    ./bazelw run "${options[@]}" "//examples:$demo" -- --demo >"$said" 2>&1 ||
      { cat "$said" >&2; return 1; }
    row "\`$demo --demo\`" "\`$(tail -n 1 "$said")\`"
  done
}

readonly every_part=(tenants tenants_tsan lifecycles lanes soak allocations threads
  surroundings processes programs schedules models fuzzers mutants coverage demos)
parts=("$@")
(($# > 0)) || parts=("${every_part[@]}")
for part in "${parts[@]}"; do
  [[ " ${every_part[*]} " == *" $part "* ]] || {
    echo "reliability.sh: part '$part'; allowed: ${every_part[*]}" >&2
    exit 2
  }
done

said=$(mktemp)
trap 'rm -f "$said"' EXIT
cat <<END
# Reliability

$(date -u +%F), $(nproc) processors ($(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)),
commit $(git rev-parse --short HEAD), \`tools/reliability.sh${size:+ $size}${*:+ $*}\`,
built with \`${options[*]}\`:

| What was done | What held | Time |
| --- | --- | ---: |
END
for part in "${parts[@]}"; do
  began=$SECONDS
  "$part" || { row "$part" "**failed**"; status=1; }
done
exit "$status"
