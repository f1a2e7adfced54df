#!/bin/bash
# run.py tells what is caught from what is not, and from a list that is wrong.

set -euo pipefail

readonly run="$PWD/tests/mutation/run.py"
failures=0

mkdir -p "$TEST_TMPDIR"/tree/{lib,tests/lib,tests/mutation}
cd "$TEST_TMPDIR/tree"
cp "$run" tests/mutation/run.py
printf '  one();\n  two();\n  one();\n' >lib/a.cc
touch tests/lib/a_test.cc tests/lib/b_test.cc
# A Bazel whose tests fail where two() is not called, and of which it is told
# what else becomes of them.
cat >bazelw <<'END'
#!/bin/bash
[[ "$1" == test ]] || exit 0
grep -q syntax lib/a.cc && exit 1
grep -q "two();" lib/a.cc && exit 0
label=//tests/lib:a_test
echo "$label   ${result:-FAILED} in 0.3s"
echo "[  FAILED  ] ATest.CallsTwo (3 ms)"
exit 3
END
chmod +x bazelw

# Writes the list: the mutant named $1 with the test $2 and the lines that
# follow.
mutant() {
  printf '%s\nwhy: it breaks\nfile: lib/a.cc\ntest: %s\n' "$1" "$2"
  printf '%s\n' "${@:3}"
} >tests/mutation/lib.mutants

# Expects of run.py, with the arguments that follow, the exit code $1 and the
# line $2.
expect() {
  local code=0
  python3 tests/mutation/run.py "${@:3}" >output 2>&1 || code=$?
  if [[ "$code" != "$1" ]] || ! grep -qxF -- "$2" output; then
    echo "FAIL: exits with $code, not $1, or does not say: $2"
    cat output
    failures=1
  fi
}

readonly a_test=//tests/lib:a_test
mutant no_two "$a_test" "-two();"
expect 0 "no_two: caught by $a_test (ATest.CallsTwo)"
expect 0 "no_two: lib/a.cc: it breaks" --list
expect 0 "1 caught, 0 not" two
expect 1 "no mutant has a name with ['three']" three
result=TIMEOUT expect 0 "no_two: caught by hanging by $a_test (ATest.CallsTwo)"

mutant other_two "$a_test" "+three();" " two();" "-one();"
expect 1 "other_two: SURVIVED $a_test"
mutant blank "$a_test" " one();" "-two();"
printf '  one();\n\n  two();\n' >lib/a.cc
expect 0 "blank: caught by $a_test (ATest.CallsTwo)"
printf '  one();\n  two();\n  one();\n' >lib/a.cc
mutant not_all "$a_test" "test: //tests/lib:b_test" "-two();"
expect 1 "not_all: SURVIVED //tests/lib:b_test"
mutant broken "$a_test" "+syntax" " two();"
expect 1 "broken: does not build"
mutant in_script "$a_test" "runner: tests/lib/script.sh" "-two();"
expect 1 "in_script: tests/lib/script.sh: no such runner" --check
printf '#!/bin/bash\n[[ "$*" == --test_timeout=* ]] && ./bazelw test "$@"\n' \
  >tests/lib/script.sh
chmod +x tests/lib/script.sh
expect 0 "in_script: caught by $a_test (ATest.CallsTwo)"
mutant equal "$a_test" "survives: two() is one()" "-two();"
expect 0 "0 caught, 0 not"

mutant twice "$a_test" "-one();"
expect 1 "twice: text found 2 times in lib/a.cc" --check
mutant nowhere "$a_test" "-two();" "-two();"
expect 1 "nowhere: text found 0 times in lib/a.cc" --check
mutant untested "//tests/lib:c_test" "-two();"
expect 1 "untested: //tests/lib:c_test: no such test" --check
mutant idle "$a_test" " two();"
expect 1 "idle: changes nothing" --check
mutant wordy "$a_test" "that: is new" "-two();"
expect 1 "wordy: what is 'that: is new'?" --check
mutant good "$a_test" "-two();"
cp tests/mutation/lib.mutants tests/mutation/other.mutants
expect 1 "good: two mutants have this name" --check
rm tests/mutation/*.mutants
expect 1 "$PWD/tests/mutation: no mutants found" --check

exit "$failures"
