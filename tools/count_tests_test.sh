#!/bin/bash
# count_tests.py sees every way in which a test or a build can fail.

set -euo pipefail

readonly count="$PWD/tools/count_tests.py"
failures=0
cd "$TEST_TMPDIR"

cat >good.xml <<'XML'
<testsuites><testsuite>
  <testcase name="A" status="run"/>
  <testcase name="B" status="run"/>
  <testcase name="C" status="run"><skipped message="why"/></testcase>
  <testcase name="DISABLED_D" status="notrun"/>
</testsuite></testsuites>
XML
cat >bad.xml <<'XML'
<testsuites><testsuite>
  <testcase name="A" status="run"/>
  <testcase classname="S" name="B" status="run"><failure message="1"/><failure message="2"/></testcase>
  <testcase classname="S" name="C" status="run"><error message="exited with 1"/></testcase>
</testsuite></testsuites>
XML

# A run of the test $1: its status, its test.xml, and its shard and attempt.
result() {
  printf '{"id":{"testResult":{"label":"%s","run":1,"shard":%d,"attempt":%d}},' \
    "$1" "${4:-1}" "${5:-1}"
  printf '"testResult":{"status":"%s","testActionOutput":[' "$2"
  printf '{"name":"test.xml","uri":"file://%s/%s"}]}}\n' "$PWD" "$3"
}

readonly finished='{"id":{"buildFinished":{}},"finished":{"exitCode":{"name":"SUCCESS"}}}'
readonly stopped='{"id":{"buildFinished":{}},"finished":{"exitCode":{"code":1}}}'
readonly built='{"id":{"targetCompleted":{"label":"//:a"}},"completed":{"success":true}}'
readonly unbuilt='{"id":{"targetCompleted":{"label":"//:b"}},"completed":{}}'

# Takes the counts expected, then the events.
expect() {
  printf '%s\n' "${@:2}" >events.json
  local actual
  actual=$(python3 "$count" events.json 2>failed)
  [[ "$actual" == "$1" ]] || { echo "FAIL: $actual, not $1: ${*:2}"; failures=1; }
}

# Takes the lines by which the last events' failures are named.
expect_named() {
  [[ "$(<failed)" == "$(printf '%s\n' "$@")" ]] ||
    { echo "FAIL: $(<failed), not $*"; failures=1; }
}

expect '2 0' "$(result //:a PASSED good.xml)" "$built" "$finished"
expect '4 0' "$(result //:a PASSED good.xml)" "$(result //:b PASSED good.xml)" "$finished"
expect '4 0' "$(result //:a PASSED good.xml 1)" "$(result //:a PASSED good.xml 2)" "$finished"
expect '2 0' "$(result //:a FAILED bad.xml 1 1)" "$(result //:a PASSED good.xml 1 2)" "$finished"
expect '1 2' "$(result //:a FAILED bad.xml)" "$stopped"
expect_named 'failed: //:a: S.B' 'failed: //:a: S.C'
# A leak is reported after the last case has passed.
expect '2 1' "$(result //:a FAILED good.xml)" "$stopped"
expect_named 'failed: //:a: FAILED'
expect '0 1' '{"id":{"testResult":{"label":"//:a","run":1,"shard":1}},"testResult":{"status":"TIMEOUT"}}' "$stopped"
expect '2 1' "$(result //:a PASSED good.xml)" "$unbuilt" "$stopped"
expect_named 'failed: //:b: does not build'
expect '2 1' "$(result //:a PASSED good.xml)" "$stopped"
expect_named 'failed: the invocation'
expect '2 1' "$(result //:a PASSED good.xml)"

rm events.json
[[ "$(python3 "$count" events.json 2>/dev/null)" == '0 1' ]] ||
  { echo "FAIL: an invocation without events counts as good"; failures=1; }
exit "$failures"
