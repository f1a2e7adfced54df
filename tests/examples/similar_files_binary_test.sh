#!/bin/bash
#
# The program examples/similar_files, given as $1: its pairs against those that
# Python finds, broken files, its flags, its end by a deadline and by a signal.

set -uo pipefail

readonly program=$PWD/$1
readonly files=$TEST_TMPDIR/files
source tests/support/program_checks.sh

# Makes 40 files that have more or less in common.
mkdir "$files"
python3 - "$files" <<'END'
import random, sys

random.seed(7)
words = [f"w{i}" for i in range(400)]
base = random.choices(words, k=300)
for i in range(40):
    text = list(base)
    for _ in range(i * 2 if i < 30 else 300):
        text[random.randrange(len(text))] = random.choice(words)
    with open(f"{sys.argv[1]}/{i:02}.txt", "w") as file:
        file.write("\n".join(text))
open(f"{sys.argv[1]}/empty.txt", "w").close()
open(f"{sys.argv[1]}/short_a.txt", "w").write("three words only")
open(f"{sys.argv[1]}/short_b.txt", "w").write("Three, words: only!")
END

# The lines that the program should print for $1 percent.
expected() {
  python3 - "$files" "$1" <<'END'
import os, re, sys

folder, percent = sys.argv[1], float(sys.argv[2])
texts = []
for name in sorted(os.listdir(folder)):
    words = re.findall(r"[a-z0-9_]+", open(f"{folder}/{name}").read().lower())
    length = min(5, len(words))
    shingles = {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}
    texts.append((f"{folder}/{name}", shingles if words else set()))
pairs = []
for i, (name, own) in enumerate(texts):
    for j in range(i):
        other, others = texts[j]
        if own and others and 100 * len(own & others) / len(own | others) >= percent:
            pairs.append((-100 * len(own & others) / len(own | others), j, i))
for likeness, j, i in sorted(pairs):
    print(f"{-likeness:5.1f} %  {texts[j][0]}  {texts[i][0]}")
print(f"files={len(texts)} failed=0 shingles={sum(len(s) for _, s in texts)} pairs={len(pairs)}")
END
}

for workers in 1 2 8; do
  for percent in 30 80; do
    run 0 "--workers=$workers" "--percent=$percent" --top=1000 --open_files=3 "$files"
    [[ "$output" == "$(expected "$percent")" ]] ||
      fail "$workers workers, $percent %: $(diff <(expected "$percent") - <<<"$output")"
  done
done
grep -q '100.0 %  .*short_a.txt  .*short_b.txt$' <<<"$output" || fail "no short pair"

# A file that cannot be read costs itself, and is named by its label.
mkdir "$TEST_TMPDIR/broken"
cp "$files/00.txt" "$TEST_TMPDIR/broken/a.txt"
cp "$files/00.txt" "$TEST_TMPDIR/broken/c.txt"
printf 'a\0b' >"$TEST_TMPDIR/broken/b.bin"
run 1 "$TEST_TMPDIR/broken" "$TEST_TMPDIR/none"
[[ "$output" == *$'\nfiles=4 failed=2 '*' pairs=1' ]] || fail "broken: $output"
[[ "$errors" == *"[file=b.bin] not text"* && "$errors" == *"[file=none] "* ]] || fail "labels: $errors"

run 2 --percent=0
[[ "$errors" == *percent*0*1*100* ]] || fail "flag: $errors"
run 2 --workers=0
run 2 --seconds=-1
run 2 --open_files=0

# A pipe costs itself.
mkfifo "$TEST_TMPDIR/pipe"
run 1 "$TEST_TMPDIR/pipe"
[[ "$output" == *'files=1 failed=1 '* ]] || fail "pipe: $output"

# A deadline and a signal end the search, which says how far it has come.
run 1 --seconds=0.000001 "$files"
[[ "$output" =~ ^'no time is left: '[0-9]+' of '[0-9]+' files read'$ ]] || fail "deadline: $output"

mkdir "$TEST_TMPDIR/many"
python3 - "$files/00.txt" "$TEST_TMPDIR/many" <<'END'
import sys

text = open(sys.argv[1]).read()
for i in range(6000):
    open(f"{sys.argv[2]}/{i}.txt", "w").write(text)
END
# It may come to its end first while this shell is held up: then again.
for ((i = 0; i < 5; ++i)); do
  "$program" --workers=1 --percent=1 "$TEST_TMPDIR/many" >"$TEST_TMPDIR/said" 2>&1 &
  interrupted=$!
  # The handler is there before the executor's threads are.
  until [[ $(ls "/proc/$interrupted/task" 2>/dev/null | wc -l) -ge 2 ]]; do
    kill -0 "$interrupted" || break
  done
  kill -INT "$interrupted"
  wait "$interrupted"
  status=$?
  grep -q '^files=' "$TEST_TMPDIR/said" || break
done
((status == 130)) || fail "status $status after SIGINT"
grep -qE '^interrupted: [0-9]+ of [0-9]+ files read$' "$TEST_TMPDIR/said" ||
  fail "interrupted: $(tail -n 3 "$TEST_TMPDIR/said")"
exit "$failures"
