// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/simulation/scheduling_point.h"
#include "weft/executor/simulation/simulated_executor.h"
#include "weft/executor/sync/async_mutex.h"
#include "weft/executor/task_group.h"
#include "weft/tests/executor/simulation/planted_bugs.h"

namespace weft {
namespace {

// Runs `fn(0)` to `fn(tasks - 1)` as tasks, and waits for them.
template <typename Fn>
void RunTasks(Executor& executor, int tasks, const Fn& fn) {
  TaskGroup group(executor);
  for (int i = 0; i < tasks; ++i) group.Run([&fn, i] { fn(i); });
  group.Wait();
}

void LostUpdate(SimulatedExecutor& executor, Variant variant) {
  SimulatedMutex mutex;
  int count = 0;
  RunTasks(executor, 2, [&](int) {
    const LockIfRight lock(mutex, variant);
    const int before = count;
    SchedulingPoint();
    count = before + 1;
  });
  Expect(count == 2, "an update is lost");
}

void Overdraft(SimulatedExecutor& executor, Variant variant) {
  SimulatedMutex mutex;
  int balance = 100;
  RunTasks(executor, 3, [&](int) {
    const LockIfRight lock(mutex, variant);
    if (balance < 80) return;
    SchedulingPoint();
    balance -= 80;
  });
  Expect(balance >= 0, "overdrawn");
}

void LoadedTwice(SimulatedExecutor& executor, Variant variant) {
  SimulatedMutex mutex;
  std::map<int, int> cache;
  int loads = 0;
  RunTasks(executor, 2, [&](int) {
    const LockIfRight lock(mutex, variant);
    if (cache.contains(7)) return;
    SchedulingPoint();
    ++loads;
    cache[7] = 49;
  });
  Expect(loads == 1, "loaded twice");
}

// The flag says that the object is there before it is.
void ReadyTooEarly(SimulatedExecutor& executor, Variant variant) {
  std::optional<int> object;
  bool is_made = false;
  executor.Post([&] {
    if (variant == Variant::kPlanted) is_made = true;
    SchedulingPoint();
    object = 1;
    is_made = true;
  });
  executor.Post([&] { Expect(!is_made || object.has_value(), "not made"); });
  executor.Drain();
}

void HalfAnUpdate(SimulatedExecutor& executor, Variant variant) {
  SimulatedMutex mutex;
  int from = 10;
  int to = 0;
  executor.Post([&] {
    const LockIfRight lock(mutex, variant);
    from -= 3;
    SchedulingPoint();
    to += 3;
  });
  executor.Post([&] {
    const LockIfRight lock(mutex, variant);
    Expect(from + to == 10, "half of an update is seen");
  });
  executor.Drain();
}

// A stack whose Pop() compares no more than the address of its top.
void TopIsBackAgain(SimulatedExecutor& executor, Variant variant) {
  struct Node {
    int next;  // -1: none
  };
  Node nodes[3] = {{1}, {2}, {-1}};
  int top = 0;
  int version = 0;
  const auto pop = [&] {
    for (;;) {
      const int seen = top;
      const int seen_version = version;
      if (seen < 0) return -1;
      const int next = nodes[seen].next;
      SchedulingPoint();
      if (top != seen) continue;
      if (variant == Variant::kRight && version != seen_version) continue;
      top = next;
      ++version;
      return seen;
    }
  };
  const auto push = [&](int node) {
    nodes[node].next = top;
    top = node;
    ++version;
  };
  bool is_taken[3] = {};
  const auto take = [&](int node) {
    if (node < 0) return;
    Expect(!std::exchange(is_taken[node], true), "popped twice");
  };
  executor.Post([&] { take(pop()); });
  executor.Post([&] {
    const int first = pop();
    take(pop());
    SchedulingPoint();
    if (first >= 0) push(first);
  });
  executor.Drain();
  while (top >= 0) take(pop());
}

void LengthFromBefore(SimulatedExecutor& executor, Variant variant) {
  SimulatedMutex mutex;
  std::vector<int> items = {1, 2, 3};
  executor.Post([&] {
    const LockIfRight lock(mutex, variant);
    const std::size_t size = items.size();
    for (std::size_t i = 0; i < size; ++i) {
      Expect(i < items.size(), "beyond the end");
      SchedulingPoint();
    }
  });
  executor.Post([&] {
    const LockIfRight lock(mutex, variant);
    items.clear();
  });
  executor.Drain();
}

void SameNumberTwice(SimulatedExecutor& executor, Variant variant) {
  int next = 0;
  std::vector<int> numbers;
  RunTasks(executor, 3, [&](int) {
    int mine = next;
    if (variant == Variant::kRight) {
      next = mine + 1;
      SchedulingPoint();
    } else {
      SchedulingPoint();
      next = mine + 1;
    }
    numbers.push_back(mine);
  });
  std::sort(numbers.begin(), numbers.end());
  Expect(numbers == std::vector<int>({0, 1, 2}), "a number is given twice");
}

// The last one to leave cleans up; who is the last is looked at too late.
void NobodyIsLast(SimulatedExecutor& executor, Variant variant) {
  int users = 3;
  int cleanups = 0;
  RunTasks(executor, 3, [&](int) {
    int left = --users;
    SchedulingPoint();
    if (variant == Variant::kPlanted) left = users;
    if (left == 0) ++cleanups;
  });
  Expect(cleanups == 1, "not cleaned up once");
}

void TwoLeaders(SimulatedExecutor& executor, Variant variant) {
  int leader = -1;
  int leaders = 0;
  RunTasks(executor, 2, [&](int i) {
    if (leader >= 0) return;
    if (variant == Variant::kRight) leader = i;
    SchedulingPoint();
    leader = i;
    ++leaders;
  });
  Expect(leaders == 1, "two lead");
}

void TooManyInside(SimulatedExecutor& executor, Variant variant) {
  SimulatedMutex mutex;
  std::vector<int> buffer;
  RunTasks(executor, 3, [&](int i) {
    const LockIfRight lock(mutex, variant);
    if (buffer.size() >= 2) return;
    SchedulingPoint();
    buffer.push_back(i);
  });
  Expect(buffer.size() <= 2, "more than fit");
}

// Two that flush take what is there, and each clears what came meanwhile.
void LostInAFlush(SimulatedExecutor& executor, Variant variant) {
  std::vector<int> waiting = {1, 2};
  std::vector<int> written;
  const auto flush = [&] {
    std::vector<int> batch = waiting;
    if (variant == Variant::kRight) waiting.clear();
    SchedulingPoint();
    written.insert(written.end(), batch.begin(), batch.end());
    if (variant == Variant::kPlanted) waiting.clear();
  };
  executor.Post([&] { waiting.push_back(3); });
  executor.Post(flush);
  executor.Drain();
  flush();
  Expect(written.size() == 3, "lost in a flush");
}

// A writer looks for readers, and then takes the place.
void ReaderAndWriter(SimulatedExecutor& executor, Variant variant) {
  int readers = 0;
  bool is_writing = false;
  executor.Post([&] {
    if (readers > 0) return;
    if (variant == Variant::kRight) is_writing = true;
    SchedulingPoint();
    is_writing = true;
    SchedulingPoint();
    Expect(readers == 0, "read while it is written");
    is_writing = false;
  });
  executor.Post([&] {
    if (is_writing) return;
    ++readers;
    SchedulingPoint();
    --readers;
  });
  executor.Drain();
}

void RefilledTwice(SimulatedExecutor& executor, Variant variant) {
  SimulatedMutex mutex;
  int tokens = 0;
  int period = 0;
  RunTasks(executor, 2, [&](int) {
    const LockIfRight lock(mutex, variant);
    if (period == 1) return;
    SchedulingPoint();
    period = 1;
    tokens += 5;
  });
  Expect(tokens == 5, "refilled twice");
}

void JoinSharesASum(SimulatedExecutor& executor, Variant variant) {
  int sum = 0;
  const auto part = [&sum, variant](int begin, int end) {
    int own = 0;
    for (int i = begin; i < end; ++i) {
      int& to = variant == Variant::kRight ? own : sum;
      const int before = to;
      SchedulingPoint();
      to = before + i;
    }
    return own;
  };
  const auto [left, right] =
      Join(executor, [&] { return part(0, 3); }, [&] { return part(3, 5); });
  sum += left + right;
  Expect(sum == 10, "the sum is wrong");
}

void LoopKeepsNoOrder(SimulatedExecutor& executor, Variant variant) {
  std::vector<int> squares(variant == Variant::kRight ? 4 : 0);
  ParallelFor(executor, 0, 4, [&](int i) {
    if (variant == Variant::kRight) {
      squares[static_cast<std::size_t>(i)] = i * i;
    } else {
      squares.push_back(i * i);
    }
  });
  Expect(squares == std::vector<int>({0, 1, 4, 9}), "out of order");
}

void StaleAfterAwait(SimulatedExecutor& executor, Variant variant) {
  AsyncMutex mutex(executor);
  int count = 0;
  const auto add = [&]() -> Task<> {
    std::optional<AsyncMutex::Guard> lock;
    if (variant == Variant::kRight) lock.emplace(co_await mutex.Lock());
    const int before = count;
    co_await executor.Schedule();
    count = before + 1;
  };
  Future<void> first = Spawn(executor, add());
  Future<void> second = Spawn(executor, add());
  first.Get();
  second.Get();
  Expect(count == 2, "an update across an await is lost");
}

constexpr PlantedBug kRaces[] = {
    {"LostUpdate", "read, and written later", LostUpdate},
    {"Overdraft", "checked, then done", Overdraft},
    {"LoadedTwice", "not found by two, loaded by both", LoadedTwice},
    {"ReadyTooEarly", "a flag set before what it tells of", ReadyTooEarly},
    {"HalfAnUpdate", "two values that belong together", HalfAnUpdate},
    {"TopIsBackAgain", "compared with what looks the same (ABA)",
     TopIsBackAgain},
    {"LengthFromBefore", "a length kept while items are removed",
     LengthFromBefore},
    {"SameNumberTwice", "numbers drawn in two steps", SameNumberTwice},
    {"NobodyIsLast", "who is the last is looked at too late", NobodyIsLast},
    {"TwoLeaders", "elected because nobody was there", TwoLeaders},
    {"TooManyInside", "a place that two take", TooManyInside},
    {"LostInAFlush", "cleared after others have added", LostInAFlush},
    {"ReaderAndWriter", "looked for readers, then written", ReaderAndWriter},
    {"RefilledTwice", "a period that two begin", RefilledTwice},
    {"JoinSharesASum", "parts of a join with one variable", JoinSharesASum},
    {"LoopKeepsNoOrder", "pieces of a loop that append", LoopKeepsNoOrder},
    {"StaleAfterAwait", "read before an await, used after it", StaleAfterAwait},
};

}  // namespace

std::span<const PlantedBug> PlantedRaces() { return kRaces; }

}  // namespace weft
