#!/bin/bash
#
# The program examples/job_pipeline, given as $1: its numbers against
# those that Python and wc find, broken files, what is no file, names that would
# control a terminal, an output that cannot be written, its flags, its trace, which
# check_trace.py, $2, reads, its debug page, its end by a signal.

set -uo pipefail

readonly pipeline=$PWD/$1
readonly check_trace=$PWD/$2
readonly files=$TEST_TMPDIR/files
program=$pipeline
source tests/support/program_checks.sh

# The lines that are the same in each run.
facts() {
  grep -E '^(bytes|lines|words|compressed|crc32|top words) ' <<<"$output"
}

# What the program should say of the files that are its arguments.
expected_facts() {
  python3 - "$@" <<'END'
import collections, re, sys, zlib

texts = [open(file, "rb").read() for file in sys.argv[1:]]
words = collections.Counter(
    word.decode().lower()
    for text in texts
    for word in re.findall(rb"[A-Za-z0-9_]+", text)
)
top = sorted(words.items(), key=lambda word: (-word[1], word[0]))[:10]
print("bytes      ", sum(map(len, texts)))
print("lines      ", sum(text.count(b"\n") for text in texts))
print(f"words       {sum(words.values())}, {len(words)} different")
print(f"compressed  {sum(len(zlib.compress(text, 6)) for text in texts)} bytes")
print(f"crc32       {zlib.crc32(b''.join(texts)):08x}")
print("top words  ", " ".join(f"{word}={count}" for word, count in top))
END
}

# Three folders of files; one is empty, one has no end of line.
mkdir -p "$files"/{a,b/c} "$TEST_TMPDIR"/empty/.hidden
python3 - "$files" <<'END'
import pathlib, sys

for folder in "a", "b", "b/c":
    for i in range(100):
        pathlib.Path(sys.argv[1], folder, f"{i}.txt").write_text(
            "".join(
                f"line {line} of file {i} in {folder}: The_End the END\n"
                for line in range(i + 1)
            )
        )
END
: >"$files/a/none.txt"
printf 'no end' >"$files/b/open.txt"
echo hidden >"$files/.hidden.txt"
ln -s . "$files/b/circle"
# The order counts: the CRC is that of all files, one after the other.
mapfile -t all < <(python3 - "$files" <<'END'
import pathlib, sys

def list_files(folder):
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            list_files(entry)
        elif entry.is_file() and not entry.name.startswith("."):
            print(entry)

list_files(pathlib.Path(sys.argv[1]))
END
)

for workers in 1 2 8; do
  run 0 --workers="$workers" "$files"
  expect_line "files       302 of 302, 0 failed"
  difference=$(diff <(expected_facts "${all[@]}") <(facts)) ||
    fail "facts, with $workers workers: $difference"
done
bytes=$(cat "${all[@]}" | wc -c)
lines=$(cat "${all[@]}" | wc -l)
expect_line "bytes       $bytes"
expect_line "lines       $lines"
[[ "$output" == *'100% of 302 files'* ]] || fail "no progress: $output"

# Each line of the log bears the job to which it belongs.
run 0 --verbose --workers=8 --tokens=50 "$files/a"
wrong=$(python3 - "$files/a" <(echo "$errors") <<'END'
import collections, os, re, sys

steps = collections.defaultdict(list)
for line in open(sys.argv[2]):
    id, file, step = re.fullmatch(r"job (\d+) (.*): (.*)\n", line).groups()
    steps[id, file].append(step)
for (id, file), lines in steps.items():
    size = os.path.getsize(file)
    if len(lines) != 5 or lines[0] != f"read {size} bytes":
        print(id, file, lines)
ids = sorted(int(id) for id, _ in steps)
if ids != list(range(1, 102)):
    print(ids)
END
)
[[ -z "$wrong" ]] || fail "log: $wrong"

# A broken file costs that file.
printf 'a\0b' >"$files/binary"
run 1 "$files/a/1.txt" "$files/binary" "$files/missing" "$files/a/2.txt"
expect_line "files       2 of 4, 2 failed"
expect_line "failed      $files/binary: not text: it has a NUL at byte 1"
expect_line "failed      $files/missing: cannot open it: No such file or directory"
expect_in_errors "job 2 $files/binary: read: not text"
expect_in_errors "job 3 $files/missing: read: cannot open it"
difference=$(diff <(expected_facts "$files/a/1.txt" "$files/a/2.txt") <(facts)) ||
  fail "facts beside broken files: $difference"
if ((EUID != 0)); then
  chmod 0 "$files/a/3.txt"
  run 1 "$files/a"
  expect_line "failed      $files/a/3.txt: cannot open it: Permission denied"
fi

# What is no text file, in a folder, costs itself, and is not waited for.
readonly odd=$TEST_TMPDIR/odd
mkdir "$odd"
mkfifo "$odd/fifo"
ln -s loop2 "$odd/loop1"
ln -s loop1 "$odd/loop2"
truncate -s 4G "$odd/sparse"
head -c 100000 <(yes) >"$odd/tail"
truncate -s 4G "$odd/tail"
echo 'the only text' >"$odd/text"
ln -s /dev/zero "$odd/zero"
run 1 --workers=2 "$odd"
expect_line "files       1 of 7, 6 failed"
expect_line "words       3, 3 different"
expect_line "failed      $odd/fifo: no regular file"
expect_line "failed      $odd/loop1: cannot open it: Too many levels of symbolic links"
expect_line "failed      $odd/sparse: not text: it has a NUL at byte 0"
expect_line "failed      $odd/tail: not text: it has a NUL at byte 100000"
expect_line "failed      $odd/zero: no regular file"
# A pipe that is named is read, and one without an end is not read for ever.
run 0 <(echo 'by name')
expect_line "words       2, 2 different"
run 1 --max_megabytes=1 <(yes)
expect_line "failed      /dev/fd/63: it has more than 1000000 bytes"

# No byte of a name gets to the terminal that could control it.
readonly names=$TEST_TMPDIR/names
mkdir "$names"
echo fine >"$names/"$'a\e[2Jb\nc\xc2\x9bd.txt'
printf 'a\0b' >"$names/"$'d\r\x9b\x7f.txt'
run 1 --verbose "$names" "$names/"$'missing\e'
expect_line "failed      $names/"'d\r\x9b\x7f.txt: not text: it has a NUL at byte 1'
expect_line "failed      $names/"'missing\x1b: cannot open it: No such file or directory'
expect_in_errors "job 1 $names/"'a\x1b[2Jb\nc\xc2\x9b\x64.txt: read 5 bytes'
if LC_ALL=C grep -q '[^ -~]' <<<"$output$errors"; then
  fail "unescaped bytes: $(cat -v <<<"$output$errors")"
fi

# Facts that nobody can read are an error.
for arguments in "$files/a/1.txt" "$TEST_TMPDIR/empty"; do
  errors=$("$pipeline" "$arguments" 2>&1 >/dev/full)
  (($? == 1)) || fail "full output: status $?"
  expect_in_errors 'cannot write to standard output'
  errors=$("$pipeline" "$arguments" 2>&1 >&-)
  (($? == 1)) || fail "closed output: status $?"
  expect_in_errors 'cannot write to standard output'
done

run 0 "$TEST_TMPDIR/empty"
expect_line "no files"

# The user's paths are those of the folder where the user is.
output=$(BUILD_WORKING_DIRECTORY=$files "$pipeline" a/1.txt)
expect_line "files       1 of 1, 0 failed"
output=$(BUILD_WORKSPACE_DIRECTORY=$files/b "$pipeline")
expect_line "files       201 of 201, 0 failed"

run 2 --workers=0 "$files"
expect_in_errors '--workers=0 is out of range: must be 1 to 1024'
run 2 --tokens=-1
expect_in_errors '--tokens=-1 is out of range: must be 0 to 65536'
run 2 --level=10
expect_in_errors '--level=10 is out of range: must be 1 to 9'
run 2 --max_megabytes=0
expect_in_errors '--max_megabytes=0 is out of range: must be 1 to 1000000'
run 2 --top=1001
expect_in_errors '--top=1001 is out of range: must be 0 to 1000'
run 2 --debug_port=65536
expect_in_errors '--debug_port=65536 is out of range: must be 0 to 65535'
run 1 --colour
expect_in_errors 'colour'
run 1 --help
[[ "$output" == *'files or folders'*'--level'* ]] || fail "help: $output"

# A trace has a row for each worker, and arrows from job to job.
readonly trace=$TEST_TMPDIR/trace.json
run 0 --workers=2 --trace="$trace" "$files/a"
checked=$("$check_trace" "$trace") || fail "the trace: $checked"
[[ "$checked" =~ ^rows=[2-9]\ slices=[0-9]{3,}\ arrows=[0-9]{2,}$ ]] ||
  fail "the trace has $checked"
run 1 --trace=/no/such/file "$files/a/1.txt"
expect_in_errors 'cannot write /no/such/file'

# The page while a file is being read.
mkfifo "$TEST_TMPDIR/slow"
"$pipeline" --debug_port=0 "$TEST_TMPDIR/slow" >/dev/null \
  2>"$TEST_TMPDIR/errors" &
pid=$!
exec 3>"$TEST_TMPDIR/slow" # when it is opened to be read
[[ $(<"$TEST_TMPDIR/errors") =~ http://127\.0\.0\.1:([0-9]+)/ ]] ||
  fail "no page: $(<"$TEST_TMPDIR/errors")"
readonly debug_port=${BASH_REMATCH[1]}
# The task that reads it is stuck after a second, which the page says.
deadline=$((SECONDS + 30))
page=
while [[ "$page" != *'stuck task'* ]] && ((SECONDS < deadline)); do
  exec 4<>"/dev/tcp/127.0.0.1/$debug_port"
  printf 'GET / HTTP/1.1\r\nHost: localhost:1\r\n\r\n' >&4
  page=$(cat <&4)
done
for part in 'HTTP/1.1 200 OK' job_pipeline 'jobs #' main.cc 'stuck task'; do
  [[ "$page" == *"$part"* ]] || fail "no '$part' in the page: $page"
done
[[ "$page" != *'it takes StartRetention'* ]] ||
  fail "the page knows nothing of what keeps stores: $page"
echo 'last words' >&3
exec 3>&- 4>&-
wait "$pid" || fail "with a page: status $?"

# A signal while the second of four files is being read: that one is ended, and
# no other begun.
mkfifo "$TEST_TMPDIR/fifo"
exec 4< <(exec "$pipeline" --tokens=1 "$files/a/1.txt" "$TEST_TMPDIR/fifo" \
  "$files/a/2.txt" "$files/a/4.txt" 2>"$TEST_TMPDIR/errors")
pid=$!
exec 3>"$TEST_TMPDIR/fifo" # when it is opened to be read
kill -INT "$pid"
until grep -q 'interrupted; no more files' "$TEST_TMPDIR/errors"; do :; done
echo 'last words' >&3
exec 3>&-
output=$(cat <&4)
wait "$pid"
status=$?
((status == 130)) || fail "interrupted: status $status"
expect_line "files       2 of 4, 0 failed"
expect_line "lines       3"
expect_line "interrupted by signal 2"

# The first SIGTERM ends it, whatever it waits for.
"$pipeline" "$TEST_TMPDIR/fifo" >"$TEST_TMPDIR/output" &
pid=$!
exec 3>"$TEST_TMPDIR/fifo"
kill -TERM "$pid"
wait "$pid"
status=$?
exec 3>&-
((status == 128 + 15)) || fail "terminated: status $status"

exit "$failures"
