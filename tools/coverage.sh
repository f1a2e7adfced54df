#!/bin/bash
#
# Measures which lines and branches of the library the tests run, with clang's
# source-based coverage, and prints for each folder, and for all:
#
#   tools/coverage.sh                      # of all tests
#   tools/coverage.sh //tests/context/...  # of some
#
# Below it lists the files with less than 95 % of their lines. What is reported
# by line is in $WORK, or a temporary folder that goes.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly rooms='adapters|base|context|executor|hooks|jobs|observe|pipelines|propagation'
targets=("$@")
(($# > 0)) || targets=(//tests/...)

tools/install_packages.sh clang-19 llvm-19
work=${WORK:-}
if [[ -z "$work" ]]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work/profiles"

readonly options=(--config=ci --config=clang --config=coverage
  "--sandbox_writable_path=$work/profiles"
  "--test_env=LLVM_PROFILE_FILE=$work/profiles/%8m.profraw")
# A test that fails has run lines too; whether tests pass is said elsewhere.
./bazelw test --nocache_test_results "${options[@]}" "${targets[@]}" >"$work/log" 2>&1 ||
  (($? == 3)) || { tail -n 50 "$work/log" >&2; exit 1; }

llvm-profdata-19 merge --sparse "$work"/profiles/*.profraw -o "$work/all.profdata"
objects=()
while IFS= read -r test; do
  [[ ! -f $test ]] || objects+=("--object=$test")
done < <(./bazelw cquery "${options[@]}" --output=starlark \
  --starlark:expr='target.files_to_run.executable.path' \
  "kind('cc_test', $(printf '%s + ' "${targets[@]}")set())" 2>/dev/null)

llvm-cov-19 export --summary-only "--instr-profile=$work/all.profdata" \
  "${objects[@]}" >"$work/summary.json" 2>"$work/log"
python3 - "$work/summary.json" "$rooms" <<'END'
import collections
import json
import os
import re
import sys

rooms = re.compile(rf"{re.escape(os.getcwd())}/((?:{sys.argv[2]})/.*)")
files = {}
for file in json.load(open(sys.argv[1]))["data"][0]["files"]:
    # A header is found by the path of Bazel's link to it.
    found = rooms.fullmatch(os.path.realpath(file["filename"]))
    if found:
        files[found[1]] = file["summary"]
if not files:
    sys.exit("coverage.sh: no file of the library was run")

sums = collections.defaultdict(lambda: [0, 0, 0, 0])
for name, summary in files.items():
    for key in (name.split("/")[0], "all"):
        for i, kind in enumerate(("lines", "branches")):
            sums[key][2 * i] += summary[kind]["covered"]
            sums[key][2 * i + 1] += summary[kind]["count"]

def percent(covered, count):
    return f"{100 * covered / count:.1f} %" if count else "-"

print("| Folder | Lines | Branches |\n| --- | ---: | ---: |")
for key in sorted(sums, key=lambda key: (key == "all", key)):
    lines, of_lines, branches, of_branches = sums[key]
    print(f"| {key} | {percent(lines, of_lines)} | {percent(branches, of_branches)} |")
low = sorted(
    (summary["lines"]["percent"], name)
    for name, summary in files.items()
    if summary["lines"]["percent"] < 95
)
print("\nBelow 95 % of lines:", "none" if not low else "")
for share, name in low:
    print(f"  {share:5.1f} %  {name}")
END
