#!/bin/bash
# check_memory_orders.py accepts operations that say which edge they belong to
# and rejects all others, each time with the line.

set -euo pipefail

readonly check="$PWD/tools/checks/check_memory_orders.py"
failures=0

source_with() {
  rm -rf "$TEST_TMPDIR/tree"
  mkdir -p "$TEST_TMPDIR/tree/executor"
  cd "$TEST_TMPDIR/tree"
  printf '%s\n' "$@" >executor/a.cc
}

# Takes the lines of a source.
accepts() {
  source_with "$@"
  python3 "$check" executor || { echo "FAIL: rejects: $*"; failures=1; }
}

# Takes the number of the bad line, then the lines of a source.
rejects() {
  source_with "${@:2}"
  if python3 "$check" executor 2>errors || ! grep -q "a.cc:$1: " errors; then
    echo "FAIL: accepts: ${*:2}"
    failures=1
  fi
}

accepts '// [G1] pairs with Wait().' 'x.store(1, std::memory_order_release);'
accepts 'x.store(1, std::memory_order_release);  // [G1]'
accepts '/* [G1]' ' */' 'x.store(1, std::memory_order::release);'
accepts '// [G1]' '' '' '' '' '' 'x.store(1, std::memory_order_release);'
accepts '// relaxed: a hint.' 'x.load(std::memory_order_relaxed);'
accepts '// [G1]' 'x.compare_exchange_weak(' '    a, f(b),' \
  '    std::memory_order_acq_rel, std::memory_order_relaxed);'
accepts 'int Get(std::memory_order order) { return x.load(order); }'
accepts '// x.load() would be std::memory_order_seq_cst.'
accepts 'Log("x.load()", '"'\"'"', R"(atomic_thread_fence)", 1'"'"'000);'
accepts 'a = std::exchange(b, c);'
accepts 'std::atomic<int> x = 0;' 'if (x == 1) my_x = y.x_ = 2;'

rejects 1 'x.store(1, std::memory_order_release);'
rejects 1 'x.load(std::memory_order_relaxed);'
rejects 1 'x.load(std::memory_order::relaxed);'
rejects 2 '// Relaxed, as it is a hint.' 'x.load(std::memory_order_relaxed);'
rejects 2 '// relaxed: a hint.' 'x.load(std::memory_order_acquire);'
rejects 1 'x.store(1, std::memory_order_seq_cst);'
rejects 1 'Log("[G1]"); x.store(1, std::memory_order_release);'
rejects 8 '// [G1]' '' '' '' '' '' '' 'x.store(1, std::memory_order_release);'
rejects 1 'x.load(std::memory_order_consume);  // [G1]'
rejects 1 'std::atomic_thread_fence(std::memory_order_seq_cst);  // [G1]'
rejects 1 'x.load();'
rejects 1 'x->store(f(1, 2));'
rejects 2 '// [G1]' 'x.fetch_add(1);'
rejects 1 'x.compare_exchange_strong(a, b);'
rejects 1 'x.' '    exchange(1);'
rejects 2 'std::atomic<int> x{0};' '++x;'
rejects 2 'std::atomic<std::vector<int>*> x{0};' 'a.x = b;'
rejects 2 'std::atomic_int x;' 'x += 2;'

rm -r executor
if python3 "$check" executor 2>/dev/null; then
  echo "FAIL: accepts a tree without sources"
  failures=1
fi
exit "$failures"
