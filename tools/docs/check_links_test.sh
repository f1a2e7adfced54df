#!/bin/bash
# check_links.py accepts documents that lead where they say and are all reached,
# and rejects all else, each time with the line and what is wrong in it.

set -euo pipefail

readonly check="$PWD/tools/docs/check_links.py"
failures=0

mkdir -p "$TEST_TMPDIR"/tree/{docs,executor}
cd "$TEST_TMPDIR/tree"
touch executor/future.h docs/picture.svg
printf '%s\n' '# Other page' '' '## `Get()`, and so on' '```' '## in code' '```' \
  '[back](../README.md)' >docs/other.md

# Takes the third line of README.md, whose first leads to the other page.
readme_with() {
  printf '%s\n' '[other](docs/other.md)' '' "$1" >README.md
}

accepts() {
  readme_with "$1"
  python3 "$check" README.md docs/other.md ||
    { echo "FAIL: rejects $1"; failures=1; }
}

# Takes the line, then what the error must name.
rejects() {
  readme_with "$1"
  if python3 "$check" README.md docs/other.md 2>errors ||
    ! grep -qF "README.md:3: $2: " errors; then
    echo "FAIL: accepts $1"
    failures=1
  fi
}

accepts '[other](docs/other.md#other-page), [get](docs/other.md#get-and-so-on)'
accepts '[elsewhere](https://example.org/nothing#here)'
accepts '`executor/future.h`, `weft/executor/future.h`, `executor/`, `a/b`, `nothing`'
accepts '<img alt="" src="docs/picture.svg">'

rejects '[gone](docs/gone.md)' 'docs/gone.md'
rejects '[gone](docs/other.md#gone)' 'docs/other.md#gone'
rejects '[code](docs/other.md#in-code)' 'docs/other.md#in-code'
rejects '[other](other.md)' 'other.md'
rejects '<source srcset="docs/gone.svg">' 'docs/gone.svg'
rejects '<img alt="" src="docs/gone.svg">' 'docs/gone.svg'
rejects 'See `executor/promise.h`.' 'executor/promise.h'

# A page that only pages lead to which are not reached themselves.
readme_with ''
echo '[b](b.md)' >docs/a.md
echo '[a](a.md)' >docs/b.md
if python3 "$check" README.md docs/other.md docs/a.md docs/b.md 2>errors ||
  ! grep -qF 'docs/b.md:1: docs/b.md: not reached from README.md' errors; then
  echo 'FAIL: accepts pages that nobody reaches'
  failures=1
fi
exit "$failures"
