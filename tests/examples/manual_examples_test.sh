#!/bin/bash
#
# The programs in one file, hello_context and those after Node's manual, given
# as the arguments: each says exactly what is here, and that its claim holds.
# The main thread counts its ids up; another thread's root is masked.

set -uo pipefail

failures=0

expected_output() {
  case $1 in
  continuation_local_storage)
    cat <<'END'
request /a: /a
request /b: /b
request /c: /c
request /d: /d
no request: no state
END
    ;;
  event_emitter)
    cat <<'END'
bound: /weft, as 4 by 3
bound to the request: /weft, as 3 by 2
not bound: no request, as 2 by 1
END
    ;;
  hello_context)
    cat <<'END'
init FUTURE_TASK 2 by 1
before 2
hello, ada
after 2
destroy 2
END
    ;;
  onetbb_context)
    cat <<'END'
2 loops, 2000 turns, 0 as somebody else
outside: nobody
END
    ;;
  snapshot_in_class)
    cat <<'END'
outside: nothing
outside, foo: 123
in 321, foo: 123
in 321: 321
on a thread: nothing
on a thread, foo: 123
END
    ;;
  worker_pool)
    cat <<'END'
ada: 142, as 3 by 2
bob: 142, as 5 by 4
cyd: 142, as 7 by 6
without a resource: nobody: 142, as ID by 0
END
    ;;
  *)
    echo "(no program $1 is known)"
    ;;
  esac
}

(($# > 0)) || failures=1
for program; do
  output=$("$program" 2>&1 | sed 's/as [0-9]* by 0$/as ID by 0/')
  status=$?
  difference=$(diff <(expected_output "${program##*/}") - <<<"$output")
  if ((status != 0)) || [[ -n "$difference" ]]; then
    echo "FAIL: ${program##*/}: status $status, expected and said:"
    echo "$difference"
    failures=1
  fi
done
exit "$failures"
