#!/bin/bash
#
# What must not compile does not, and says why in less than ten lines. Each
# snippet is the body of a function that has an executor, futures, a group and a
# function that returns a coroutine.

set -uo pipefail

readonly compiler=${CXX:-g++}
readonly include=$TEST_TMPDIR/include
readonly mistakes=$PWD/docs/mistakes.md
readonly check_captures=$PWD/tools/checks/check_awaited_captures.py
failures=0

mkdir -p "$include"
ln -sfn "$PWD" "$include/weft"
cat >"$TEST_TMPDIR/all.h" <<'END'
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>
#include "weft/executor/blocking_executor.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/task_group.h"
#include "weft/executor/when_all.h"
#include "weft/executor/when_any.h"
#include "weft/pipelines/job_graph.h"
END
readonly options=(-std=c++20 -Wall -Wextra -Wno-unused -I "$include")
cd "$TEST_TMPDIR" || exit 1
# Headers are compiled once.
"$compiler" "${options[@]}" -x c++-header all.h -o all.h.gch || exit 1

# Compiles the snippet $1; leaves what the compiler says in the file `errors`.
compile() {
  cat >snippet.cc <<END
#include "all.h"
void Snippet(
    weft::Executor& executor, weft::BoundedExecutor& bounded,
    weft::BlockingExecutor& blocking, weft::TaskGroup& group,
    weft::Future<int> number, weft::Future<void> nothing,
    weft::SharedFuture<int> shared, std::vector<weft::Future<int>> numbers,
    weft::JobGraph& graph) {
  using namespace std::chrono_literals;
  const auto coroutine = []() -> weft::Task<> { co_return; };
#line 1 "snippet"
$1
}
$2
END
  "$compiler" "${options[@]}" -fsyntax-only snippet.cc >errors 2>&1
}

# Expects that the snippet $2 does not compile, and that the compiler says $1, in
# less than ten lines that name the place.
refuses() {
  if compile "$2" ""; then
    echo "FAIL: compiles: $2"
  elif ! grep -q "error: .*$1" errors; then
    echo "FAIL: does not say '$1': $2"
    cat errors
  elif (($(wc -l <errors) >= 10)); then
    echo "FAIL: says too much: $2"
    cat errors
  elif ! grep -q '^snippet:1:' errors; then
    echo "FAIL: does not say where: $2"
    cat errors
  else
    return
  fi
  failures=1
}

accepts() {
  compile "$1" "${2:-}" && [[ ! -s errors ]] && return
  echo "FAIL: does not compile: $1"
  cat errors
  failures=1
}

# A coroutine would be dropped unrun.
readonly spawn='fn returns a coroutine, which only Spawn() runs'
refuses "$spawn" 'executor.Post(coroutine);'
refuses "$spawn" 'executor.Defer(coroutine);'
refuses "$spawn" 'executor.PostAfter(1s, coroutine);'
refuses "$spawn" 'executor.PostAt(std::chrono::steady_clock::now(), coroutine);'
refuses "$spawn" 'executor.PostEvery(1s, coroutine);'
refuses "$spawn" 'auto is_in = bounded.TryPost(coroutine);'
refuses "$spawn" 'bounded.PostBefore(std::chrono::steady_clock::now(), coroutine);'
refuses "$spawn" 'group.Run(coroutine);'
refuses 'body returns a coroutine, which only Spawn() runs' \
  'weft::ParallelFor(executor, 0, 9, [](int) -> weft::Task<> { co_return; });'

# Continuations that do not fit, alone and with what is made of them.
readonly fits='fn cannot be called with what the future has'
refuses "$fits" 'auto future = std::move(number).Then([](std::string) {});'
refuses "$fits" 'auto future = std::move(number).Then([] { return 1; });'
refuses "$fits" 'std::move(number).Then([] { return 1; }).Get();'
refuses "$fits" 'auto future = std::move(nothing).Then([](int) { return 1; });'
refuses "$fits" 'auto future = std::move(number).Then(1);'
refuses "$fits" 'auto future = shared.Then([](int&) { return 1; });'
refuses "$fits" 'shared.Then([] { return 1; }).Get();'

readonly all='WhenAll() takes futures.* at least one; std::move() what has a name'
refuses "$all" 'weft::WhenAll();'
refuses "$all" 'weft::WhenAll(1, 2);'
refuses "$all" 'auto future = weft::WhenAll(number, number);'
refuses "$all" 'auto [a, b] = weft::WhenAll(number, std::move(nothing)).Get();'
refuses "$all" 'auto future = weft::WhenAll(numbers);'
refuses "$all" 'auto future = weft::WhenAll(executor, coroutine);'
readonly any='WhenAny() takes futures.* at least one; std::move() what has a name'
refuses "$any" 'weft::WhenAny();'
refuses "$any" 'auto future = weft::WhenAny(number);'
refuses "$any" 'auto value = weft::WhenAny(numbers).Get();'

# The page of mistakes: each block of `cpp refused`, and the message below it;
# what stands in `cpp found` compiles, and the tool finds it.
blocks() {
  python3 - "$mistakes" "$1" <<'END'
import re, sys

text = open(sys.argv[1]).read()
block = rf"```cpp {sys.argv[2]}\n(.*?)\n```\n```text\n(.*?)\n```"
for code, says in re.findall(block, text, re.DOTALL):
    print(code, says.split(": ", 1)[1], sep="\0", end="\0")
END
}
shown=0
while IFS= read -r -d '' code && IFS= read -r -d '' says; do
  refuses "$says" "$code"
  ((++shown))
done < <(blocks refused)
while IFS= read -r -d '' code && IFS= read -r -d '' says; do
  if ! compile '' "#include <iostream>
$code"; then
    echo "FAIL: does not compile: $code"
    failures=1
  fi
  echo "$code" >found.cc
  if python3 "$check_captures" found.cc 2>errors || ! grep -qF "$says" errors; then
    echo "FAIL: the tool does not say '$says': $code"
    cat errors
    failures=1
  fi
  ((++shown))
done < <(blocks found)
if ((shown != 3)); then
  echo "FAIL: the page of mistakes shows $shown that are refused or found, not 3"
  failures=1
fi

# What is like it and right.
accepts '
  executor.Post([] { return 1; });
  auto spawned = weft::Spawn(executor, coroutine());
  auto made = executor.Submit(coroutine).Then(
      [&](weft::Task<> task) { return weft::Spawn(executor, std::move(task)); });
  auto future = executor.Submit([&] { return std::make_unique<int>(1); });
  group.Run([p = std::make_unique<int>(1)] {});
  graph.Add("job", [p = std::make_unique<int>(1)] {});
  graph.Add("awaiting job", coroutine);
  auto text = std::move(number).Then([](auto&& n) { return n; });
  auto other = shared.Then([](const int& n) { return n; });
  auto last = std::move(nothing).Then([] {});
  auto two = weft::WhenAll(std::move(text), std::move(last));
  auto many = weft::WhenAll(bounded, std::move(numbers));
  auto none = weft::WhenAll(std::vector<weft::Future<void>>());
  auto spawned_all = weft::WhenAll(bounded, coroutine(), coroutine());
  auto first = weft::WhenAny(std::move(other), std::move(spawned));'
accepts '' '
weft::Task<std::pair<int, std::string>> Pair() { co_return {1, "a"}; }
weft::Task<std::vector<int>> List() { co_return {1, 2, 3}; }
weft::Task<std::unique_ptr<int>> Nothing() { co_return {}; }'

# Expects of each public header that the compiler, given the option $1, says $2,
# and nothing but that and how it came there.
headers_say() {
  local header count
  for header in "$include"/weft/{context,hooks,executor,jobs,observe,pipelines,propagation}/*.h; do
    echo "#include \"${header#"$include"/}\"" >header.cc
    "$compiler" -std=c++20 "$1" -I "$include" -fsyntax-only header.cc \
      >errors 2>&1
    count=$(grep -c 'error:' errors)
    if ! grep -qF "$2" errors || ((count > 2)); then
      echo "FAIL: ${header##*/} with $1: $count errors, or not '$2'"
      failures=1
    fi
  done
}
headers_say -std=c++17 'Weft is written in C++20'
headers_say -fno-exceptions 'Weft reports errors by exceptions'

exit "$failures"
