#!/bin/bash
# check_seam.py names each function that goes around the seam: in a source, and in
# a template that users instantiate; each sees the seam's header, as it may.

set -euo pipefail

readonly check="$PWD/tools/checks/check_seam.py"
readonly tree="$TEST_TMPDIR/tree"
failures=0

mkdir -p "$tree"
cp -rL base context executor hooks "$tree"
cd "$tree"
chmod -R u+w .

cat >>executor/internal/engine/engine.cc <<'END'
namespace weft::executor_internal {
void TellOfTask(Resource& resource) { hooks_internal::EmitBefore(resource); }
}  // namespace weft::executor_internal
END
# In the template by which the function of any task is run.
readonly task=executor/internal/task/queued_task.h
sed -i '/TaskScope scope(this->origin(), TaskScope::Purpose::kRun);/a\
static_cast<void>(context_internal::CurrentFrame());' "$task"

if python3 "$check" 2>errors; then
  echo "FAIL: accepts what goes around the seam"
  failures=1
fi
readonly in_source='^executor/internal/engine/engine.cc:.*TellOfTask.* uses EmitBefore;'
readonly in_template="^$task:.*FunctionTask<.*>::Run(.* uses CurrentFrame;"
for wanted in "$in_source" "$in_template"; do
  grep -q "$wanted" errors || { echo "FAIL: does not say $wanted"; failures=1; }
done
if grep -v -e "$in_source" -e "$in_template" errors; then
  echo "FAIL: says the above, too"
  failures=1
fi

cd "$(mktemp -d)"
if python3 "$check" 2>/dev/null; then
  echo "FAIL: accepts a tree without sources"
  failures=1
fi
exit "$failures"
