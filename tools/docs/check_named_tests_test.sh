#!/bin/bash
# check_named_tests.py accepts documents whose tests and files exist, and
# rejects all else, each time with the line and what is wrong in it.

set -euo pipefail

readonly check="$PWD/tools/docs/check_named_tests.py"
failures=0

mkdir -p "$TEST_TMPDIR"/tree/{docs,tests,executor}
cd "$TEST_TMPDIR/tree"
touch executor/future.h
printf '%s\n' 'TEST(ATest, Runs) {' 'TEST_P(EveryExecutor,' '       Drains) {' \
  >tests/a_test.cc
printf '%s\n' 'TEST_F(BTest, Runs) {' '// Like ATest, Waits.' >tests/b_test.cc

readonly good='[`ATest.Runs`](../tests/a_test.cc)'

document_with() {
  printf '%s\n' '| Node | Weft | Test |' '|---|---|---|' "$1" >docs/mapping.md
}

accepts() {
  document_with "$1"
  python3 "$check" docs/mapping.md || { echo "FAIL: rejects $1"; failures=1; }
}

# Takes the row, then what the error must name.
rejects() {
  document_with "$1"
  if python3 "$check" docs/mapping.md 2>errors ||
    ! grep -qF "docs/mapping.md:3: $2: " errors; then
    echo "FAIL: accepts $1"
    failures=1
  fi
}

accepts "| run | Run | $good |"
accepts "| run | Run | [\`EveryExecutor.Drains\`](../tests/a_test.cc), $good |"
accepts "| run | Run | [\`BTest.Runs\`](../tests/b_test.cc) |"
accepts "| \`run\` | \`Run\`, see \`executor/future.h\` and \`executor/\` | $good |"
accepts "| run | Run | [\`a_test\`](../tests/a_test.cc) |"
accepts "| run | Run, as in \`../tests/\` | $good |"
accepts "$good in a sentence"

rejects '| run | Run | [`ATest.Walks`](../tests/a_test.cc) |' 'ATest.Walks'
rejects '| run | Run | [`ATest.Runs`](../tests/b_test.cc) |' 'ATest.Runs'
rejects '| run | Run | [`ATest.Waits`](../tests/b_test.cc) |' 'ATest.Waits'
rejects '| run | Run | [`ATest.Runs`](../tests/c_test.cc) |' '../tests/c_test.cc'
rejects '| run | Run | [`ATest.Runs`](tests/a_test.cc) |' 'tests/a_test.cc'
rejects '| run | Run | `ATest.Runs` |' 'ATest.Runs'
rejects "| run | Run | $good and \`ATest.Runs\` |" 'ATest.Runs'
rejects "| run | Run, \`executor/promise.h\` | $good |" 'executor/promise.h'
rejects "| run | [Run](../executor/promise.h) | $good |" '../executor/promise.h'
rejects '| run | Run | |' 'run'
rejects '| run | Run | [the test](../tests/a_test.cc) |' 'run'
rejects '| run | Run | [`b_test`](../tests/a_test.cc) |' 'b_test'
rejects '| run | Run | `a_test` |' 'a_test'
rejects 'Nothing.' 'the document'

# Only a table that has a column for tests needs them.
printf '%s\n' '| Room | Purpose |' '|---|---|' '| one | none |' '' "$good" \
  >docs/mapping.md
python3 "$check" docs/mapping.md || { echo 'FAIL: rejects a table'; failures=1; }

# A section of the third level is as a row; the table above it has none.
section_with() {
  printf '%s\n' "$good" '## Lost' "### $1" '' "${@:2}" >docs/mapping.md
}
section_with 'a task' "$good" '### another' "$good"
python3 "$check" docs/mapping.md || { echo 'FAIL: rejects sections'; failures=1; }
for rest in '### another' '## Others' 'A test.'; do
  section_with 'a task' "$rest" "$good"
  [[ $rest == 'A test.' ]] && section_with 'a task' "$rest"
  if python3 "$check" docs/mapping.md 2>errors ||
    ! grep -qF "docs/mapping.md:3: a task: a section without a test" errors; then
    echo "FAIL: accepts a section without a test before $rest"
    failures=1
  fi
done

# Each of several is checked, and one is needed.
echo "$good" >docs/good.md
for documents in 'docs/good.md docs/mapping.md' 'docs/mapping.md docs/good.md' ''
do
  if python3 "$check" $documents 2>errors; then
    echo "FAIL: accepts '$documents'"
    failures=1
  fi
done
exit "$failures"
