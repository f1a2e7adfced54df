#!/bin/bash
# The diagrams in docs/images are what draw_diagrams.py draws, and the charts in
# docs/charts what draw_charts.py does; a changed file is noticed, and a missing
# one and one that is not drawn.

set -euo pipefail

readonly draw="$PWD/docs/drawing/draw_diagrams.py"
readonly images="$TEST_TMPDIR/images"
failures=0

python3 "$draw" --check docs/images || failures=1
python3 docs/drawing/draw_charts.py --check docs/charts || failures=1

# Expects that the check names the file $1.
refuses() {
  if python3 "$draw" --check "$images" 2>errors || ! grep -q "/$1: " errors; then
    echo "FAIL: accepts $2"
    failures=1
  fi
}

mkdir "$images"
cd "$TEST_TMPDIR"
python3 "$draw" "$images"
python3 "$draw" --check "$images" || failures=1
echo >>"$images/wait_dark.svg"
refuses wait_dark.svg 'a changed file'
rm "$images/wait_dark.svg"
refuses wait_dark.svg 'a missing file'
python3 "$draw" "$images"
touch "$images/another.svg"
refuses another.svg 'a file that it does not draw'
exit "$failures"
