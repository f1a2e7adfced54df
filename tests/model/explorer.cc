// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/model/explorer.h"

#include <ucontext.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <utility>
#include <vector>

namespace weft::model {
namespace {

using internal::Accesses;
using internal::Clock;

constexpr std::size_t kMaxLocations = 12;
constexpr std::size_t kStackBytes = std::size_t{256} * 1024;
constexpr int kMaxSteps = 20'000;

template <typename Array>
void JoinInto(Array& to, const Array& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = std::max(to[i], from[i]);
}

// What a thread, or the reader of a store, has seen: for each object up to
// where in its modification order, and what of each thread happens before it.
struct View {
  std::array<double, kMaxLocations> seen{};
  Clock clock{};

  void Join(const View& other) {
    JoinInto(seen, other.seen);
    JoinInto(clock, other.clock);
  }
};

struct StoreRecord {
  double time;  // its place in the modification order
  std::uint64_t value;
  View released;          // what an acquire load of it brings
  bool followed = false;  // by a read-modify-write, which stands right behind
};

struct Thread {
  View view;
  View unacquired;  // what relaxed loads would have brought
  View fenced;      // what a relaxed store publishes
  ucontext_t context;
  bool ended = true;
  bool waiting = false;
  bool quiet = false;             // waited in vain
  bool fresh = false;             // its next load reads the newest value
  std::uint64_t fresh_since = 0;  // how many stores there were
};

// Questions about an order that a model has named, with its edge, there.
bool IsRelaxed(std::memory_order order) {
  // relaxed: to tell it from the others.
  return order == std::memory_order_relaxed;
}
bool IsSeqCst(std::memory_order order) {
  // [G1] or any edge that the model has.
  return order == std::memory_order_seq_cst;
}
bool Acquires(std::memory_order order) {
  // [G1] or any edge that the model has.
  return !IsRelaxed(order) && order != std::memory_order_release;
}
bool Releases(std::memory_order order) {
  // [G1] or any edge that the model has.
  return !IsRelaxed(order) && order != std::memory_order_acquire;
}

class Execution {
 public:
  explicit Execution(const Plan& plan) : plan_(plan) {
    for (auto& stack : stacks_) stack = std::make_unique<char[]>(kStackBytes);
  }

  // Runs the program once.
  void Run(const internal::Program& program);
  // Prepares another path; false if there is none.
  bool Next();

  bool failed() const { return !failure_.empty(); }
  const std::string& failure() const { return failure_; }
  void Fail(const char* what) {
    if (failure_.empty()) failure_ = what;
  }

  int NewLocation(std::uint64_t value);
  std::uint64_t Load(int location, std::memory_order order);
  void Store(int location, std::uint64_t value, std::memory_order order);
  std::uint64_t Modify(
      int location, std::memory_order order,
      const std::function<std::uint64_t(std::uint64_t)>& change);
  void Heavy();
  bool Wait();
  void Read(Accesses& accesses);
  void Write(Accesses& accesses);

 private:
  struct Choice {
    std::size_t taken;
    std::size_t of;
  };

  // Chooses one of `count`; 0 is the plainest: go on, read the newest, come
  // last.
  std::size_t Choose(std::size_t count);
  static void Start();
  void Body();
  void SwitchTo(int next);
  // Lets another thread come first.
  void Step();
  // Returns the thread to run next, 0 if all have ended.
  int Pick();

  Thread& current() { return threads_[static_cast<std::size_t>(current_)]; }
  std::vector<StoreRecord>& At(int location) {
    return locations_[static_cast<std::size_t>(location)];
  }
  double Floor(int location, std::memory_order order) {
    const auto index = static_cast<std::size_t>(location);
    const double seen = current().view.seen[index];
    return IsSeqCst(order) ? std::max(seen, total_.seen[index]) : seen;
  }
  void Tick() { ++current().view.clock[static_cast<std::size_t>(current_)]; }
  void ReadFrom(int location, const StoreRecord& store,
                std::memory_order order);
  void WriteAt(int location, std::size_t index, std::uint64_t value,
               std::memory_order order, const View* continued);
  void Fence(Thread& thread);

  const Plan plan_;
  std::mt19937_64 random_{2026};
  std::vector<Choice> path_;
  std::size_t position_ = 0;

  std::array<std::vector<StoreRecord>, kMaxLocations> locations_;
  std::size_t location_count_ = 0;
  View total_;  // what the order of seq_cst operations and fences has seen
  std::array<Thread, kMaxThreads> threads_;
  std::array<std::unique_ptr<char[]>, kMaxThreads> stacks_;
  int current_ = 0;  // 0 makes the model and checks it
  int preemptions_ = 0;
  int steps_ = 0;
  std::uint64_t stores_ = 0;
  std::string failure_;
  const internal::Program* program_ = nullptr;
  void* model_ = nullptr;
};

Execution* execution = nullptr;

std::size_t Execution::Choose(std::size_t count) {
  if (count == 1 || failed()) return 0;
  if (plan_.preemptions < 0) {
    return random_() % 2 == 0 ? 0 : static_cast<std::size_t>(random_() % count);
  }
  if (position_ == path_.size()) path_.push_back({0, count});
  return path_[position_++].taken;
}

bool Execution::Next() {
  if (plan_.preemptions < 0) return true;
  while (!path_.empty() && path_.back().taken + 1 == path_.back().of) {
    path_.pop_back();
  }
  if (path_.empty()) return false;
  ++path_.back().taken;
  return true;
}

void Execution::Start() { execution->Body(); }

void Execution::Body() {
  program_->run(model_, current_ - 1);
  current().ended = true;
  SwitchTo(Pick());
}

void Execution::SwitchTo(int next) {
  if (next == current_) return;
  ucontext_t& from = current().context;
  current_ = next;
  swapcontext(&from, &current().context);
}

int Execution::Pick() {
  if (++steps_ > kMaxSteps) {
    Fail("takes too many steps");
    return 0;  // what still runs is abandoned
  }
  std::array<int, kMaxThreads> can{};
  std::size_t count = 0;
  bool current_can = false;
  const auto consider = [&](int index) {
    const Thread& thread = threads_[static_cast<std::size_t>(index)];
    if (thread.ended) return;
    if (thread.waiting && thread.fresh_since == stores_) return;
    can[count++] = index;
    current_can = current_can || index == current_;
  };
  // A thread that waits lets others go first.
  const bool yields = current().waiting;
  if (current_ != 0 && !yields) consider(current_);
  for (int i = 1; i < kMaxThreads; ++i) {
    if (i != current_) consider(i);
  }
  if (count == 0 && yields) consider(current_);
  if (count == 0) {
    for (int i = 1; i < kMaxThreads; ++i) {
      Thread& thread = threads_[static_cast<std::size_t>(i)];
      if (thread.ended) continue;
      thread.quiet = true;
      return i;
    }
    return 0;
  }
  if (current_can && !yields && plan_.preemptions >= 0 &&
      preemptions_ >= plan_.preemptions) {
    return current_;
  }
  const int next = can[Choose(count)];
  if (current_can && !yields && next != current_) ++preemptions_;
  return next;
}

void Execution::Step() {
  if (current_ != 0) SwitchTo(Pick());
  Tick();
}

bool Execution::Wait() {
  if (current_ == 0) return false;
  Thread& thread = current();
  thread.waiting = true;
  SwitchTo(Pick());
  thread.waiting = false;
  thread.fresh = true;
  thread.fresh_since = stores_;
  return !std::exchange(thread.quiet, false);
}

int Execution::NewLocation(std::uint64_t value) {
  const std::size_t index = location_count_++;
  if (index >= kMaxLocations) std::abort();
  Tick();
  // Every thread that can reach the object sees its first value: no older one
  // exists.
  locations_[index].assign(1, {1, value, current().view});
  return static_cast<int>(index);
}

void Execution::ReadFrom(int location, const StoreRecord& store,
                         std::memory_order order) {
  Thread& thread = current();
  const auto index = static_cast<std::size_t>(location);
  thread.view.seen[index] = std::max(thread.view.seen[index], store.time);
  (Acquires(order) ? thread.view : thread.unacquired).Join(store.released);
  if (IsSeqCst(order)) {
    total_.seen[index] = std::max(total_.seen[index], store.time);
  }
}

std::uint64_t Execution::Load(int location, std::memory_order order) {
  Step();
  auto& stores = At(location);
  const double floor = Floor(location, order);
  std::size_t count = 0;
  while (count < stores.size() &&
         stores[stores.size() - 1 - count].time >= floor)
    ++count;
  if (std::exchange(current().fresh, false)) count = 1;
  const StoreRecord& store =
      stores[stores.size() - 1 - Choose(std::max<std::size_t>(count, 1))];
  const std::uint64_t value = store.value;
  ReadFrom(location, store, order);
  return value;
}

void Execution::WriteAt(int location, std::size_t index, std::uint64_t value,
                        std::memory_order order, const View* continued) {
  auto& stores = At(location);
  Thread& thread = current();
  const auto place = static_cast<std::size_t>(location);
  const double before = stores[index - 1].time;
  const double time =
      index == stores.size() ? before + 1 : (before + stores[index].time) / 2;
  thread.view.seen[place] = time;
  if (IsSeqCst(order)) total_.seen[place] = std::max(total_.seen[place], time);
  StoreRecord store{time, value, Releases(order) ? thread.view : thread.fenced};
  store.released.seen[place] = time;
  if (continued != nullptr) store.released.Join(*continued);
  stores.insert(stores.begin() + static_cast<std::ptrdiff_t>(index), store);
  ++stores_;
}

void Execution::Store(int location, std::uint64_t value,
                      std::memory_order order) {
  Step();
  auto& stores = At(location);
  const double floor = Floor(location, order);
  // The store can stand behind each of these.
  std::array<std::size_t, 64> places;
  std::size_t count = 0;
  for (std::size_t i = stores.size(); i-- > 0 && count < places.size();) {
    if (!stores[i].followed) places[count++] = i;
    if (stores[i].time <= floor) break;
  }
  // The newest never has a follower, so there is a place.
  WriteAt(location, places[Choose(count)] + 1, value, order, nullptr);
}

std::uint64_t Execution::Modify(
    int location, std::memory_order order,
    const std::function<std::uint64_t(std::uint64_t)>& change) {
  Step();
  auto& stores = At(location);
  const double floor = Floor(location, order);
  std::array<std::size_t, 64> places;
  std::size_t count = 0;
  for (std::size_t i = stores.size(); i-- > 0 && count < places.size();) {
    if (stores[i].time < floor) break;
    if (!stores[i].followed) places[count++] = i;
  }
  if (std::exchange(current().fresh, false)) count = 1;
  const std::size_t index = places[Choose(count)];
  const std::uint64_t old = stores[index].value;
  ReadFrom(location, stores[index], order);
  stores[index].followed = true;
  const View continued = stores[index].released;
  WriteAt(location, index + 1, change(old), order, &continued);
  return old;
}

void Execution::Fence(Thread& thread) {
  thread.view.Join(thread.unacquired);
  JoinInto(thread.view.seen, total_.seen);
  JoinInto(total_.seen, thread.view.seen);
  thread.fenced = thread.view;
}

void Execution::Heavy() {
  Step();
  Fence(current());
  for (Thread& thread : threads_) {
    if (&thread != &threads_[0]) Fence(thread);
  }
  Fence(current());
}

void Execution::Read(Accesses& accesses) {
  Tick();
  const Clock& clock = current().view.clock;
  if (accesses.write > clock[static_cast<std::size_t>(accesses.writer)]) {
    Fail("a data race: a read and an earlier write");
  }
  const auto self = static_cast<std::size_t>(current_);
  accesses.reads[self] = clock[self];
}

void Execution::Write(Accesses& accesses) {
  Tick();
  const Clock& clock = current().view.clock;
  if (accesses.write > clock[static_cast<std::size_t>(accesses.writer)]) {
    Fail("a data race: two writes");
  }
  for (std::size_t i = 0; i < clock.size(); ++i) {
    if (accesses.reads[i] > clock[i]) {
      Fail("a data race: a write and an earlier read");
    }
  }
  accesses.writer = current_;
  accesses.write = clock[static_cast<std::size_t>(current_)];
}

void Execution::Run(const internal::Program& program) {
  program_ = &program;
  position_ = 0;
  location_count_ = 0;
  total_ = {};
  current_ = 0;
  preemptions_ = 0;
  steps_ = 0;
  stores_ = 0;
  for (Thread& thread : threads_) {
    thread.view = thread.unacquired = thread.fenced = View{};
    thread.ended = true;
    thread.waiting = thread.quiet = thread.fresh = false;
    thread.fresh_since = 0;
  }
  const auto model = program.make();
  model_ = model.get();
  for (std::size_t i = 1; i <= static_cast<std::size_t>(program.threads); ++i) {
    Thread& thread = threads_[i];
    thread.view = threads_[0].view;
    thread.ended = false;
    getcontext(&thread.context);
    thread.context.uc_stack.ss_sp = stacks_[i].get();
    thread.context.uc_stack.ss_size = kStackBytes;
    thread.context.uc_link = nullptr;
    makecontext(&thread.context, &Execution::Start, 0);
  }
  SwitchTo(Pick());
  for (const Thread& thread : threads_) threads_[0].view.Join(thread.view);
  if (!failed()) program.check(model_);
}

}  // namespace

void Require(bool condition, const char* what) {
  if (!condition) execution->Fail(what);
}
void HeavyFence() { execution->Heavy(); }
bool Wait() { return execution->Wait(); }

namespace internal {

int NewLocation(std::uint64_t value) { return execution->NewLocation(value); }
std::uint64_t Load(int location, std::memory_order order) {
  return execution->Load(location, order);
}
void Store(int location, std::uint64_t value, std::memory_order order) {
  execution->Store(location, value, order);
}
std::uint64_t Modify(
    int location, std::memory_order order,
    const std::function<std::uint64_t(std::uint64_t)>& change) {
  return execution->Modify(location, order, change);
}
void PlainRead(Accesses& accesses) { execution->Read(accesses); }
void PlainWrite(Accesses& accesses) { execution->Write(accesses); }

Result Explore(const Program& program, const Plan& plan) {
  Execution state(plan);
  execution = &state;
  Result result;
  while (result.executions < plan.executions) {
    state.Run(program);
    ++result.executions;
    if (state.failed()) break;
    if (!state.Next()) {
      result.complete = true;
      break;
    }
  }
  result.failure = state.failure();
  execution = nullptr;
  return result;
}

}  // namespace internal
}  // namespace weft::model
