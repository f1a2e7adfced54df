#!/bin/bash
# check_awaited_captures.py accepts what g++ 12 gets right in an expression that
# awaits and rejects what it does not, each time with the line.

set -euo pipefail

readonly check="$PWD/tools/checks/check_awaited_captures.py"
failures=0
sources=0
mkdir "$TEST_TMPDIR/tree" "$TEST_TMPDIR/empty"
cd "$TEST_TMPDIR/tree"
: >../expected

# Takes the lines of a source.
accepts() {
  printf '%s\n' "$@" >"$((++sources)).cc"
}

# Takes the number of the bad line, then the lines of a source.
rejects() {
  accepts "${@:2}"
  echo "$sources.cc:$1" >>../expected
}

rejects 1 'co_await e.Submit([s] { return s; });'
rejects 1 'auto x = co_await e.Submit([=] { return s; });'
rejects 1 'co_return co_await e.Submit([&, s]() mutable noexcept { f(); });'
rejects 1 'x = co_await e.Submit([s = std::move(t)] { return s; });'
rejects 1 'x = co_await e.Submit([s{t}](int) -> std::vector<int> { return {}; });'
rejects 1 'co_await e.Submit([this, *this] { return s; });'
rejects 1 'co_await e.Submit([...s] { f(s...); });'
rejects 1 'co_await e.Submit([&a = b, s = std::string{"]"}] { return s; });'
rejects 3 'void F() { g(); }' 'Task<> G(S s) {' '  co_await e.Submit([s] {});' '}'
rejects 3 'co_await WhenAll(' '    e.Submit([&] { return 1; }),' \
  '    e.Submit([s] { return 2; }));'
rejects 2 'co_await std::move(future).Then(' '    [s](auto x) { return x; });'
rejects 1 'if (co_await e.Submit([s] { return true; })) { f(); }'
rejects 1 'for (auto x : co_await e.Submit([s] { return v; })) f([s] {});'
rejects 1 'f([s] { return 1; }, co_await g());'
rejects 1 'f(S{co_await g()}, [s] { return 1; });'
rejects 1 'co_await [s] { return e.Submit([&] {}); }();'
rejects 2 'auto f = [&]() -> Task<> {' '  co_await e.Submit([s] {});' '};'
rejects 1 'co_await e.Submit<int>([s]<typename T>(T) { return 1; });'
rejects 1 'co_await a[[s] { return 1; }()];'
rejects 1 'co_await Load(Query{.user = name});'
rejects 1 'co_await Load({.user = name, .n = 1});'

accepts 'co_await e.Submit([] { return 1; });'
accepts 'co_await e.Submit([&] { return s; });'
accepts 'co_await e.Submit([this, &s, &...t, &u = v[i]] { return s; });'
accepts 'auto f = e.Submit([s] { return s; });' 'co_await std::move(f);'
accepts 'co_await e.Submit(std::bind_front([](S& s) { return s; }, s));'
accepts 'co_await [&] { return e.Submit([s] { return s; }); }();'
accepts 'auto f = [s]() -> Task<> { co_await g(); };'
accepts 'f([s]() -> Task<> { co_await g(); h([&] {}); });'
accepts 'if (co_await g()) { f([s] {}); }' 'else { f([s] {}); }'
accepts 'co_await g();' 'f([s] {});'
accepts '{ f([s] {}); }' 'co_await g();'
accepts 'void F() { f([s] {}); }' '[[nodiscard]] Task<> G() { co_await g(); }'
accepts 'co_await e.Submit([n] { return n; });  // trivially copied'
accepts '// trivially copied' 'co_await e.Submit([n] { return n; });'
accepts 'co_await g(a[s], b[i][j]);' 'delete[] co_await p;'
accepts '// co_await e.Submit([s] {});' 'Log("co_await [s] {}");'
accepts 'co_await Load(Query{name}, std::vector<int>{1, 2}, x.y);'

printf '%s\n' '```cpp' 'co_await g([s] {});' '```' >example.md
echo 'example.md:2' >>../expected
printf '%s\n' 'co_await g([s] {});' '```text' 'co_await g([s] {});' '```' >text.md

if python3 "$check" . 2>../errors; then
  echo "FAIL: accepts all"
  failures=1
fi
cut -d: -f1,2 ../errors | sort >../found
if ! diff <(sort ../expected) ../found >../differences; then
  echo "FAIL: expected (<) and found (>) lines differ:"
  while read -r side at; do
    [[ "$side" != [\<\>] ]] || echo "$side $at: $(<"${at%%:*}")"
  done <../differences
  failures=1
fi
rm ./*
accepts 'co_await g();'
python3 "$check" "$sources.cc" || { echo "FAIL: rejects a file"; failures=1; }
if python3 "$check" ../empty 2>/dev/null; then
  echo "FAIL: accepts a tree without sources"
  failures=1
fi
exit "$failures"
