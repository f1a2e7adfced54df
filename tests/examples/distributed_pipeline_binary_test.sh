#!/bin/bash
#
# The program examples/distributed_pipeline, given as the first argument: its
# numbers against those of examples/job_pipeline, the second, in one process and
# in several over a nats-server, of which weft_trace, the third, makes one trace;
# broken files, its flags, its end by a signal; a short form of its demo.

set -uo pipefail

readonly distributed=$PWD/$1
readonly pipeline=$PWD/$2
readonly weft_trace=$PWD/$3
readonly files=$TEST_TMPDIR/files
program=$distributed
source tests/support/program_checks.sh
run_seconds=50

# The lines that both programs print, of standard input.
facts() {
  grep -E '^(files|bytes|lines|words|compressed|crc32|top words|failed) '
}

# Files of which the order counts, and what is none.
mkdir -p "$files"/a/b "$TEST_TMPDIR/empty"
python3 - "$files" <<'END'
import pathlib, sys

for folder in "a", "a/b":
    for i in range(50):
        pathlib.Path(sys.argv[1], folder, f"{i}.txt").write_text(
            "".join(f"line {line} of {i} in {folder}\n" for line in range(i))
        )
END
mkfifo "$files/fifo"
ln -s /dev/zero "$files/zero"
truncate -s 4G "$files/sparse"
printf 'a\0b' >"$files/"$'odd\xff\e.bin'
ln -s loop "$files/loop"
if ((EUID != 0)); then
  echo secret >"$files/unreadable"
  chmod 0 "$files/unreadable"
fi

expected=$("$pipeline" "$files" 2>/dev/null | facts)
for threads in 1 2 8; do
  run 1 --submit --threads="$threads" --tokens=64 "$files"
  difference=$(diff <(echo "$expected") <(facts <<<"$output")) ||
    fail "with $threads threads: $difference"
done
expect_line "failed      $files/fifo: no regular file"
expect_line "failed      $files/"'odd\xff\x1b.bin: not text: it has a NUL at byte 1'

# Each job has the tenant, and a trace of its own.
run 0 --submit --tenant=ada --log="$TEST_TMPDIR/attempts" "$files/a"
attempts=$(grep -cE "^ada [0-9a-f]{32} $files/a/" "$TEST_TMPDIR/attempts")
((attempts == 100)) || fail "$attempts attempts of 100"
traces=$(cut -d' ' -f2 "$TEST_TMPDIR/attempts" | sort -u | wc -l)
((traces == 100)) || fail "$traces traces of 100"

run 0 --submit "$TEST_TMPDIR/empty"
expect_line "no files"
# The user's paths are those of the folder where the user is.
output=$(BUILD_WORKING_DIRECTORY=$files "$distributed" --submit a/1.txt)
expect_line "files       1 of 1, 0 failed"
errors=$("$distributed" --submit "$files/a" 2>&1 >/dev/full)
(($? == 1)) || fail "full output: status $?"
[[ "$errors" == *'cannot write to standard output'* ]] || fail "full: $errors"

expect_error 2 'one of --demo, --submit and --worker must be given' "$files"
expect_error 2 'one of --demo, --submit and --worker' --submit --demo a
expect_error 2 '--submit: no files or folders' --submit
expect_error 2 'unexpected argument: a' --demo a
expect_error 2 '--engine=moon must be in_process or nats://host:port' \
  --submit --engine=moon a
expect_error 2 '--engine=nats:// must be' --worker --engine=nats://
expect_error 2 '--worker: no other process sees the jobs of --engine=in_process' \
  --worker
expect_error 2 '--engine is not for it' --demo --engine=nats://127.0.0.1:1
expect_error 2 '--lease_ms=99 is out of range: must be 100 to 3600000' \
  --lease_ms=99
expect_error 2 '--demo_server_kill_ms=499 is out of range' --demo --demo_server_kill_ms=499
expect_error 2 '--demo_files=99 is out of range' --demo --demo_files=99
expect_error 2 '--demo_workers=65 is out of range' --demo --demo_workers=65
expect_error 2 '--threads=0 is out of range: must be 1 to 1024' --threads=0
expect_error 2 '--tokens=0 is out of range: must be 1 to 65536' --tokens=0
expect_error 2 '--level=10 is out of range: must be 1 to 9' --level=10
expect_error 2 '--max_megabytes=0 is out of range' --max_megabytes=0
expect_error 2 '--top=1001 is out of range: must be 0 to 1000' --top=1001
expect_error 2 '--tenant=a\x1b must have 1 to 64 letters' --tenant=$'a\e'
expect_error 2 '--tenant= must have' --tenant=
run 1 --submit --log=/no/such/file a
[[ "$errors" == *'cannot write to /no/such/file: No such file'* ]] ||
  fail "log: $errors"
run 1 --colour
run 1 --help
[[ "$output" == *'files or folders'*'--tenant'* ]] || fail "help: $output"

# A signal while a log that nobody reads holds up the work: what has been
# submitted is brought to its end, and nothing else is.
mkdir "$TEST_TMPDIR/many"
python3 - "$TEST_TMPDIR/many" <<'END'
import pathlib, sys

for i in range(1000):
    pathlib.Path(sys.argv[1], f"{i:0200}.txt").write_text("one\n")
END
mkfifo "$TEST_TMPDIR/log"
for signal in INT TERM; do
  : >"$TEST_TMPDIR/errors"
  exec 4< <(exec "$distributed" --submit --tokens=8 --threads=2 \
    --log="$TEST_TMPDIR/log" "$TEST_TMPDIR/many" 2>"$TEST_TMPDIR/errors")
  pid=$!
  exec 3<"$TEST_TMPDIR/log" # when it is opened to be written
  read -r line <&3
  kill -"$signal" "$pid"
  until grep -q 'interrupted; no more files' "$TEST_TMPDIR/errors"; do
    sleep 0.02
  done
  cat <&3 >/dev/null
  exec 3<&-
  output=$(cat <&4)
  wait "$pid"
  status=$?
  ((status == 128 + $(kill -l "$signal"))) || fail "SIG$signal: status $status"
  expect_line "interrupted by signal $(kill -l "$signal")"
  [[ "$output" =~ files\ +([0-9]+)\ of\ 1000,\ 0\ failed ]] ||
    fail "SIG$signal: $output"
  ((BASH_REMATCH[1] > 0 && BASH_REMATCH[1] < 1000)) ||
    fail "SIG$signal: ${BASH_REMATCH[1]} files"
done

# Workers over a server: jobs that were submitted before any worker was there.
PATH=$PATH:/usr/sbin nats-server --addr=127.0.0.1 --port=-1 --jetstream \
  --store_dir="$TEST_TMPDIR/store" --ports_file_dir="$TEST_TMPDIR" \
  --log="$TEST_TMPDIR/server.log" &
server=$!
readonly ports=$TEST_TMPDIR/nats-server_$server.ports
until [[ -s "$ports" ]]; do kill -0 "$server" && sleep 0.02 || exit 1; done
engine=--engine=$(grep -o 'nats://[0-9.:]*' "$ports")
"$distributed" --submit "$engine" --tenant=ada --record="$TEST_TMPDIR/0.weft" \
  "$files" \
  >"$TEST_TMPDIR/output" 2>"$TEST_TMPDIR/errors" &
submitter=$!
workers=()
for i in 1 2; do
  "$distributed" --worker "$engine" --threads=2 \
    --record="$TEST_TMPDIR/$i.weft" \
    --log="$TEST_TMPDIR/remote" 2>"$TEST_TMPDIR/worker$i" &
  workers+=($!)
done
wait "$submitter"
status=$?
((status == 1)) || fail "over a server: status $status"
difference=$(diff <(echo "$expected") <(facts <"$TEST_TMPDIR/output")) ||
  fail "over a server: $difference: $(<"$TEST_TMPDIR/errors")"
jobs=$(grep -cE "^ada [0-9a-f]{32} $files/" "$TEST_TMPDIR/remote")
((jobs >= 105)) || fail "over a server: $jobs jobs begun"
for pid in "${workers[@]}"; do
  kill -TERM "$pid"
  wait "$pid" || fail "a worker: status $?: $(cat "$TEST_TMPDIR"/worker*)"
done
kill -TERM "$server"
wait "$server"

# In the trace of all three, arrows go from the submitter to workers, one at
# least for each job, and back from the attempt that has ended it.
"$weft_trace" "$TEST_TMPDIR"/[012].weft >"$TEST_TMPDIR/trace.json" ||
  fail 'weft_trace'
python3 - "$TEST_TMPDIR/trace.json" "$jobs" <<'END' || fail 'trace'
import json, sys

with open(sys.argv[1]) as file:
    events = json.load(file)["traceEvents"]
messages = [e for e in events if e.get("cat") == "message"]
begins = {e["id"]: e["pid"] for e in messages if e["ph"] == "s"}
crossing = [
    (begins[e["id"]], e["pid"])
    for e in messages
    if e["ph"] == "f" and begins.get(e["id"], e["pid"]) != e["pid"]
]
submitter = min(e["pid"] for e in events)  # the first file
there = sum(a == submitter for a, b in crossing)
back = sum(b == submitter for a, b in crossing)
print(f"trace: {there} arrows to workers, {back} back, {sys.argv[2]} attempts")
sys.exit(there < 105 or back < 105)
END

# Two workers and the server are killed.
output=$(TMPDIR=$TEST_TMPDIR "$distributed" --demo --demo_files=500 \
  --demo_workers=2 --demo_seed=7 2>"$TEST_TMPDIR/errors")
status=$?
pattern='^demo: jobs=500 results=500 lost=0 twice=0 mixed=0 redelivered=[0-9]+'
pattern+=' workers_killed=2 server_killed=1 jobs_per_second=[1-9][0-9]*$'
if ((status != 0)) || [[ ! "$(tail -n 1 <<<"$output")" =~ $pattern ]]; then
  fail "demo: status $status: $output $(<"$TEST_TMPDIR/errors")"
fi
echo "$output"
compgen -G "$TEST_TMPDIR/weft-demo-*" >/dev/null && fail 'a folder is left'

exit "$failures"
