// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Lanes over lanes over lanes: strands, priorities and limits in random stacks,
// over workers, blocking threads and a manual executor. Several threads, the
// tasks themselves and hooks do random things to them, and some stacks are shut
// down meanwhile. In the end everything drains, nothing that was accepted is
// lost, and the counts agree. How much is done is a flag:
//
//   ./bazelw run -c opt //tests/stress:lanes_stress_test --
//   --operations=5000000
//
// A failure names the seed of its round, which --seed repeats.
//
// Nobody here waits for himself. Each lane has a rank: its stack's number, then
// its height in it. A task waits, for a task or for a place, only for lanes of
// a higher rank, or of its own, and in its own stack only if no strand is at
// its height or below; all others it submits to without waiting.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "gtest/gtest.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/priority_executor.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/stress_rounds.h"

ABSL_FLAG(std::int64_t, operations, weft::tests::StressRounds(30'000),
          "how many operations each case does");
ABSL_FLAG(std::uint64_t, seed, 1, "what the first round is made of");

namespace weft {
namespace {

using std::chrono::steady_clock;
using tests::Count;

constexpr int kPatience = 60;  // seconds, for what should not take one

// G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number
// Generators", OOPSLA 2014.
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t Next() noexcept {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  SplitMix Split() noexcept { return SplitMix(Next()); }
  std::uint64_t Below(std::uint64_t n) noexcept { return Next() % n; }
  bool OneIn(std::uint64_t n) noexcept { return Below(n) == 0; }

 private:
  std::uint64_t state_;
};

struct Rank {
  int stack = -1;  // of who is no task
  int height = 0;
  auto operator<=>(const Rank&) const = default;
};

// The highest rank whose task this thread is inside of.
thread_local Rank rank_here;
// How many tasks of ours this thread is inside of.
thread_local int tasks_here = 0;

struct Lane {
  Executor* executor = nullptr;
  BoundedExecutor* bounded = nullptr;  // the same, if it is one
  WhenFull when_full = WhenFull::kReject;
  Rank rank;
  bool is_strand = false;
  bool over_strand = false;  // or is one
  bool manual = false;
  bool may_stop = false;  // its stack
  std::unique_ptr<Count> offered = std::make_unique<Count>();
  std::unique_ptr<Count> taken = std::make_unique<Count>();
  std::unique_ptr<std::atomic<int>> inside =
      std::make_unique<std::atomic<int>>(0);
};

// Of a group whose Run() has thrown nobody sees what its tasks have.
void OnUnhandled(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const UnseenFailureError&) {
  } catch (const std::exception& other) {
    ADD_FAILURE() << other.what();
  }
}

// Ends the process, naming the seed, if it is not gone in time.
class Watchdog {
 public:
  explicit Watchdog(std::uint64_t seed)
      : thread_([this, seed] {
          std::unique_lock<std::mutex> lock(mutex_);
          if (over_.wait_for(lock, std::chrono::seconds(3 * kPatience),
                             [this] { return is_over_; })) {
            return;
          }
          std::fprintf(stderr, "lanes_stress_test: hangs with --seed=%llu\n",
                       static_cast<unsigned long long>(seed));
          std::abort();
        }) {}
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_over_ = true;
    }
    over_.notify_one();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::thread thread_;
};

// One set of stacks, from their making to their end.
class Round {
 public:
  Round(std::uint64_t seed, int workers, std::int64_t operations)
      : random_(seed), workers_(workers), left_(operations) {
    const int stacks = 2 + static_cast<int>(random_.Below(3));
    lanes_.reserve(64);
    for (int i = 0; i < stacks; ++i) MakeStack(i);
  }

  void Run();

 private:
  static constexpr int kThreads = 3;
  static constexpr int kFuel = 5;  // how deep tasks submit tasks

  // What a task leaves when it goes, whether it has run or not.
  class Token {
   public:
    explicit Token(Round& round) noexcept : round_(&round) {
      round.made_.Add();
    }
    Token(Token&& other) noexcept
        : round_(std::exchange(other.round_, nullptr)) {}
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;
    ~Token() {
      if (round_ != nullptr) round_->released_.Add();
    }

   private:
    Round* round_;
  };

  // A task of `lane`.
  auto Body(Lane& lane, int fuel, SplitMix& random) {
    return [this, &lane, fuel, next = random.Split(),
            token = Token(*this)]() mutable { Work(lane, fuel, next); };
  }
  // One that does nothing more.
  auto Leaf() {
    return [this, token = Token(*this)] { ran_.Add(); };
  }

  void MakeStack(int stack);
  Lane& AddLane(Executor& executor, Lane like);
  Lane& AnyLane(SplitMix& random) {
    return lanes_[static_cast<std::size_t>(random.Below(lanes_.size()))];
  }

  // May who is here wait for what `lane` does?
  bool MayWait(const Lane& lane) const {
    if (lane.manual && std::this_thread::get_id() != driver_) return false;
    if (lane.rank.stack > rank_here.stack) return true;
    return lane.rank >= rank_here &&
           !StrandUpTo(rank_here.stack, rank_here.height);
  }
  bool StrandUpTo(int stack, int height) const {
    return std::any_of(lanes_.begin(), lanes_.end(), [&](const Lane& lane) {
      return lane.rank.stack == stack && lane.rank.height <= height &&
             lane.is_strand;
    });
  }

  void Work(Lane& lane, int fuel, SplitMix random);
  // Many of those, from outside; `driver` runs the manual executors.
  void Drive(SplitMix random, bool driver);
  // Something. Refusals are told by exceptions.
  void Act(int fuel, SplitMix& random);
  void Do(Lane& lane, int fuel, SplitMix& random);
  // Post() and its like, counted; `submit` says whether it was taken.
  template <typename Submit>
  void TrySubmit(Lane& lane, Submit submit) {
    lane.offered->Add();
    if (submit()) lane.taken->Add();
  }
  void PostWithoutWaiting(Lane& lane, int fuel, SplitMix& random);
  void PostFromHook();
  void HaveSession(Lane& lane, SplitMix& random);
  // Destroys `session`, a lane over `lane`; or, if the caller may not wait for
  // that, and an exception is why it goes here, leaves it to Settle().
  template <typename Session>
  void EndSession(std::unique_ptr<Session> session, const Lane& lane);
  // Makes one.
  template <typename Session, typename... Options>
  std::shared_ptr<Session> MakeSession(Lane& lane, const Options&... options) {
    auto made = std::make_unique<Session>(*lane.executor, options...);
    return {made.release(), [this, &lane](Session* session) {
              EndSession(std::unique_ptr<Session>(session), lane);
            }};
  }

  void Settle();
  void CheckCounts();

  SplitMix random_;
  const int workers_;
  std::atomic<std::int64_t> left_;
  std::thread::id driver_;
  Count made_;
  Count released_;
  Count ran_;
  Count accepted_;  // by lanes that nobody stops: these must run
  Count ran_there_;
  Count overlaps_;
  Count hook_posts_;
  std::vector<std::unique_ptr<ManualExecutor>> manuals_;
  std::vector<std::unique_ptr<Executor>> bases_;
  std::vector<std::vector<std::shared_ptr<void>>> stacks_;  // upwards
  std::mutex mutex_;
  std::vector<std::shared_ptr<void>> left_behind_;  // under the lock
  std::vector<Lane> lanes_;
};

Lane& Round::AddLane(Executor& executor, Lane like) {
  Lane& lane = lanes_.emplace_back();
  lane.executor = &executor;
  lane.rank = like.rank;
  lane.is_strand = like.is_strand;
  lane.over_strand = like.over_strand;
  lane.manual = like.manual;
  lane.may_stop = like.may_stop;
  return lane;
}

void Round::MakeStack(int stack) {
  Lane like;
  like.rank = {stack, 0};
  like.may_stop = random_.OneIn(4);
  Executor* top = nullptr;
  // A manual one comes first: no other stack's tasks wait for it.
  like.manual = stack == 0 && random_.OneIn(2);
  if (like.manual) {
    manuals_.push_back(std::make_unique<ManualExecutor>(
        ExecutorOptions{.on_unhandled_exception = OnUnhandled}));
    top = manuals_.back().get();
  } else if (random_.OneIn(4)) {
    BlockingOptions options;
    options.max_threads = workers_;
    options.on_unhandled_exception = OnUnhandled;
    bases_.push_back(std::make_unique<BlockingExecutor>(options));
    top = bases_.back().get();
  } else {
    ExecutorOptions options;
    options.concurrency = workers_;
    options.on_unhandled_exception = OnUnhandled;
    bases_.push_back(std::make_unique<Executor>(options));
    top = bases_.back().get();
  }
  AddLane(*top, std::move(like));
  auto& made = stacks_.emplace_back();
  const int depth = 1 + static_cast<int>(random_.Below(4));
  for (int height = 1; height <= depth; ++height) {
    Lane next;
    const Lane& below = lanes_.back();
    next.rank = {stack, height};
    next.may_stop = below.may_stop;
    next.manual = below.manual;
    next.over_strand = below.over_strand;
    switch (random_.Below(3)) {
      case 0: {
        auto strand = std::make_shared<SerialExecutor>(*top);
        next.is_strand = next.over_strand = true;
        top = strand.get();
        AddLane(*top, std::move(next));
        made.push_back(std::move(strand));
        break;
      }
      case 1: {
        auto levels = std::make_shared<PriorityExecutor>(*top);
        for (const Priority priority :
             {Priority::kHigh, Priority::kNormal, Priority::kLow}) {
          Lane level;
          level.rank = next.rank;
          level.may_stop = next.may_stop;
          level.manual = next.manual;
          level.over_strand = next.over_strand;
          AddLane(levels->at(priority), std::move(level));
        }
        top = &levels->at(static_cast<Priority>(random_.Below(3)));
        made.push_back(std::move(levels));
        break;
      }
      case 2: {
        BoundedOptions options;
        options.capacity = 1 + random_.Below(8);
        options.when_full = static_cast<WhenFull>(random_.Below(3));
        // Only one thread runs what a manual executor has.
        if (next.manual && options.when_full == WhenFull::kRunInCaller) {
          options.when_full = WhenFull::kReject;
        }
        auto bounded = std::make_shared<BoundedExecutor>(*top, options);
        top = bounded.get();
        Lane& lane = AddLane(*top, std::move(next));
        lane.bounded = bounded.get();
        lane.when_full = options.when_full;
        made.push_back(std::move(bounded));
        break;
      }
    }
  }
}

void Round::Work(Lane& lane, int fuel, SplitMix random) {
  ran_.Add();
  if (!lane.may_stop) ran_there_.Add();
  const Rank outer = rank_here;
  rank_here = std::max(rank_here, lane.rank);
  ++tasks_here;
  if (lane.is_strand) {
    // relaxed: a strand's tasks are ordered; else only the number is looked at.
    if (lane.inside->fetch_add(1, std::memory_order_relaxed) != 0) {
      overlaps_.Add();
    }
  }
  for (auto n = fuel > 0 ? random.Below(3) : 0; n > 0; --n) {
    Act(fuel - 1, random);
  }
  // relaxed: as above.
  if (lane.is_strand) lane.inside->fetch_sub(1, std::memory_order_relaxed);
  --tasks_here;
  rank_here = outer;
}

void Round::Act(int fuel, SplitMix& random) {
  // relaxed: only a number.
  if (left_.fetch_sub(1, std::memory_order_relaxed) <= 0) return;
  try {
    Do(AnyLane(random), fuel, random);
  } catch (const ShutdownError&) {
  } catch (const RejectedError&) {
  } catch (const WaitLimitError&) {
  }
}

void Round::PostWithoutWaiting(Lane& lane, int fuel, SplitMix& random) {
  auto body = Body(lane, fuel, random);
  TrySubmit(lane, [&] {
    if (lane.bounded != nullptr && lane.when_full == WhenFull::kBlock) {
      if (!lane.bounded->TryPost(std::move(body))) return false;
    } else {
      lane.executor->Post(std::move(body));
    }
    if (!lane.may_stop) accepted_.Add();
    return true;
  });
}

// A lane of its own over `lane`, which goes inside one of its own tasks.
void Round::HaveSession(Lane& lane, SplitMix& random) {
  std::shared_ptr<Executor> session;
  std::shared_ptr<PriorityExecutor> levels;
  if (random.OneIn(3)) {
    levels = MakeSession<PriorityExecutor>(lane);
    session = {levels, &levels->at(Priority::kLow)};
    levels.reset();
  } else if (random.OneIn(2)) {
    session = MakeSession<BoundedExecutor>(lane, BoundedOptions{.capacity = 8});
  } else {
    session = MakeSession<SerialExecutor>(lane);
  }
  const auto tasks = 1 + random.Below(4);
  // Its last handle is a task's: who submits has none any more.
  for (std::uint64_t i = 0; i < tasks; ++i) session->Post(Leaf());
  Executor& executor = *session;
  executor.Post(
      [this, token = Token(*this), session = std::move(session)]() mutable {
        ran_.Add();
        try {
          session->Defer(Leaf());
        } catch (const ShutdownError&) {
        }
        session.reset();
      });
}

template <typename Session>
void Round::EndSession(std::unique_ptr<Session> session, const Lane& lane) {
  if (std::uncaught_exceptions() == 0 || MayWait(lane)) return;
  std::shared_ptr<void> kept = std::move(session);
  const std::lock_guard<std::mutex> lock(mutex_);
  left_behind_.push_back(std::move(kept));
}

void Round::Do(Lane& lane, int fuel, SplitMix& random) {
  const bool may_wait = MayWait(lane);
  // What waits is rarer: each that does may take a thread.
  switch (random.Below(24)) {
    case 0:
    case 1:
      if (!may_wait) break;
      TrySubmit(lane, [&] {
        auto future = lane.executor->Submit(Body(lane, fuel, random));
        if (!lane.may_stop) accepted_.Add();
        lane.taken->Add();
        future.Get();
        return false;  // counted already
      });
      return;
    case 2: {
      if (!may_wait) break;
      TaskGroup group(*lane.executor);
      for (auto n = 1 + random.Below(4); n > 0; --n) {
        TrySubmit(lane, [&] {
          group.Run(Body(lane, fuel, random));
          if (!lane.may_stop) accepted_.Add();
          return true;
        });
      }
      group.Wait();
      return;
    }
    case 3:
      if (!may_wait) break;
      ParallelFor(*lane.executor, 0, 8, [this](int i) {
        if (i == 7) PostFromHook();
      });
      return;
    case 4:
      if (!may_wait) break;
      Join(*lane.executor, [this] { PostFromHook(); }, [] {}, [] {});
      return;
    case 5:
      // What a submitter runs forks to its lane, whatever the thread holds.
      if (tasks_here != 1) break;
      ParallelFor(0, 16, [](int) {});
      return;
    case 6:
      if (tasks_here != 1) break;
      Join([] {}, [this] { PostFromHook(); });
      return;
    case 7:
    case 8: {
      // Also where it may not wait for a place: then it just submits.
      if (lane.bounded != nullptr && lane.when_full == WhenFull::kBlock &&
          !may_wait) {
        break;
      }
      TrySubmit(lane, [&] {
        auto future = lane.executor->Submit(Body(lane, fuel, random));
        if (!lane.may_stop) accepted_.Add();
        lane.taken->Add();
        static_cast<void>(std::move(future).Then(Leaf()));
        return false;  // counted already
      });
      return;
    }
    case 9:
    case 10:
      lane.executor->Defer(Body(lane, fuel, random));
      if (!lane.may_stop) accepted_.Add();
      return;
    case 11:
      lane.executor->PostAfter(std::chrono::seconds(0), Leaf());
      return;
    case 12: {
      const Timer timer =
          lane.executor->PostAfter(std::chrono::seconds(0), Leaf());
      timer.Cancel();
      return;
    }
    case 13:
      if (lane.bounded == nullptr || !may_wait) break;
      TrySubmit(lane, [&] {
        return lane.bounded->PostBefore(
            steady_clock::now() + std::chrono::microseconds(random.Below(200)),
            Leaf());
      });
      return;
    case 14:
      if (lane.bounded == nullptr) break;
      TrySubmit(lane, [&] {
        auto future = lane.bounded->TrySubmit(Body(lane, fuel, random));
        if (!future) return false;
        if (!lane.may_stop) accepted_.Add();
        return true;
      });
      return;
    case 15:
    case 16:
      HaveSession(lane, random);
      return;
    case 17:
      if (!lane.may_stop || !random.OneIn(16)) break;
      // From inside it does not wait.
      TrySubmit(lane, [&] {
        auto stop = [&lane,
                     how = random.OneIn(2) ? OnShutdown::kStop
                                           : OnShutdown::kDrain,
                     token = Token(*this)] { lane.executor->Shutdown(how); };
        if (lane.bounded != nullptr && lane.when_full == WhenFull::kBlock) {
          return lane.bounded->TryPost(std::move(stop));
        }
        lane.executor->Post(std::move(stop));
        return true;
      });
      return;
    case 18:
      if (rank_here.stack >= 0 || lane.manual) break;
      static_cast<void>(lane.executor->DrainFor(
          std::chrono::microseconds(random.Below(100))));
      return;
    case 19:
      if (!may_wait) break;
      TrySubmit(lane, [&] {
        lane.executor->Post(Body(lane, fuel, random));
        if (!lane.may_stop) accepted_.Add();
        return true;
      });
      return;
    default:
      break;
  }
  PostWithoutWaiting(lane, fuel, random);
}

// Hooks are called anywhere, with whatever rank: what they submit waits for
// nothing and submits nothing.
void Round::PostFromHook() {
  thread_local SplitMix random(reinterpret_cast<std::uintptr_t>(&random));
  thread_local bool is_inside = false;
  if (is_inside || !random.OneIn(16)) return;
  is_inside = true;
  hook_posts_.Add();
  try {
    Lane& lane = AnyLane(random);
    TrySubmit(lane, [&] {
      if (lane.bounded != nullptr && lane.when_full == WhenFull::kBlock) {
        return lane.bounded->TryPost(Leaf());
      }
      lane.executor->Post(Leaf());
      return true;
    });
  } catch (const ShutdownError&) {
  } catch (const RejectedError&) {
  }
  is_inside = false;
}

void Round::Drive(SplitMix random, bool driver) {
  const auto post = [this](const auto&) { PostFromHook(); };
  std::optional<AsyncHook> hook;
  // relaxed: only a number.
  while (left_.load(std::memory_order_relaxed) > 0) {
    Act(kFuel, random);
    if (driver) {
      for (const auto& manual : manuals_) {
        manual->RunOne();
        if (random.OneIn(64)) manual->AdvanceBy(std::chrono::milliseconds(1));
      }
    } else if (random.OneIn(64)) {
      // One of several sets of events, for a while.
      hook.reset();
      switch (random.Below(4)) {
        case 0:
          hook.emplace(CreateHook({.init = post, .destroy = post}));
          break;
        case 1:
          hook.emplace(CreateHook({.before = post, .after = post}));
          break;
        case 2:
          hook.emplace(CreateHook({.enqueue = post,
                                   .start = post,
                                   .park = post,
                                   .unpark = post,
                                   .steal = post}));
          break;
        default:
          break;
      }
      if (hook) hook->Enable();
    }
  }
}

// Until nothing is left: what drains may submit to what has drained before.
void Round::Settle() {
  const auto give_up = steady_clock::now() + std::chrono::seconds(kPatience);
  do {
    std::vector<std::shared_ptr<void>> sessions;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      sessions.swap(left_behind_);
    }
    sessions.clear();
    for (const Lane& lane : lanes_) {
      if (lane.manual) continue;
      ASSERT_TRUE(lane.executor->DrainFor(std::chrono::seconds(kPatience)))
          << "stack " << lane.rank.stack << " height " << lane.rank.height;
    }
    for (const auto& manual : manuals_) {
      manual->AdvanceBy(std::chrono::milliseconds(1));
    }
    if (made_.get() == released_.get()) break;
    std::this_thread::yield();
  } while (steady_clock::now() < give_up);
  EXPECT_EQ(made_.get(), released_.get()) << "a task is lost";
  for (const Lane& lane : lanes_) {
    EXPECT_TRUE(lane.executor->DrainFor(std::chrono::seconds(kPatience)));
  }
}

void Round::CheckCounts() {
  EXPECT_EQ(overlaps_.get(), 0) << "a strand runs two at once";
  EXPECT_EQ(ran_there_.get(), accepted_.get());
  for (const Lane& lane : lanes_) {
    if (lane.bounded == nullptr) continue;
    const BoundedCounts counts = lane.bounded->counts();
    EXPECT_EQ(counts.blocked, 0u);
    EXPECT_EQ(counts.waiting, 0u);
    EXPECT_EQ(counts.offered,
              counts.accepted + counts.rejected + counts.expired);
    EXPECT_EQ(counts.offered, static_cast<std::uint64_t>(lane.offered->get()));
    // Those that expired may have been taken first.
    const auto taken = static_cast<std::uint64_t>(lane.taken->get());
    EXPECT_LE(counts.accepted, taken);
    EXPECT_GE(counts.accepted + counts.expired, taken);
  }
}

void Round::Run() {
  driver_ = std::this_thread::get_id();
  std::vector<std::thread> threads;
  for (int i = 1; i < kThreads; ++i) {
    threads.emplace_back(
        [this, next = random_.Split()] { Drive(next, false); });
  }
  Drive(random_.Split(), true);
  // A thread may wait for what waits for nothing but its turn.
  for (std::thread& thread : threads) thread.join();
  Settle();
  CheckCounts();
  // From the top, and some by the base first.
  if (random_.OneIn(2)) {
    for (auto& stack : stacks_) {
      while (!stack.empty()) stack.pop_back();
    }
  } else {
    bases_.clear();
    manuals_.clear();
  }
}

class LanesStressTest : public testing::TestWithParam<int> {};

TEST_P(LanesStressTest, NothingIsLost) {
  constexpr std::int64_t kOfARound = 2'000;
  std::uint64_t seed = absl::GetFlag(FLAGS_seed);
  for (std::int64_t left = absl::GetFlag(FLAGS_operations); left > 0;
       left -= kOfARound, ++seed) {
    const Watchdog watchdog(seed);
    Round(seed, GetParam(), std::min(left, kOfARound)).Run();
    ASSERT_FALSE(HasFailure()) << "--seed=" << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, LanesStressTest, testing::Values(1, 2, 8),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace weft

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
