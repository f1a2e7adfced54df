// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The two directions of a stream of messages, as coroutines see them. gRPC
// begins one operation at a time in each and reports its end on a thread of its
// own. A coroutine that waits may be cancelled meanwhile and go on at once, so
// messages under way lie here, and not in the coroutine: the one that is being
// read is the next reader's, and the next writer waits for the one that is
// being written.

#ifndef WEFT_ADAPTERS_GRPC_INTERNAL_MESSAGE_SLOTS_H_
#define WEFT_ADAPTERS_GRPC_INTERNAL_MESSAGE_SLOTS_H_

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"

namespace weft::grpc_internal {

// Says whose turn it is: one coroutine reads a stream at a time, and one writes
// it. Thread-safe.
class Turns {
 public:
  class Turn {
   public:
    // Throws std::logic_error if another has the turn.
    Turn(Turns& turns, const char* function) : turns_(turns) {
      if (!turns.Take()) {
        throw std::logic_error(
            std::string("weft::grpc: ") + function +
            "() while another one of the same stream has not ended; await one "
            "after the other");
      }
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { turns_.Give(); }

   private:
    Turns& turns_;
  };

 private:
  bool Take() ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    return !std::exchange(taken_, true);
  }
  void Give() noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    taken_ = false;
  }

  base::Mutex mutex_;
  bool taken_ ABSL_GUARDED_BY(mutex_) = false;
};

// One direction: at most one operation is under way, and at most one coroutine
// waits for its end. Thread-safe.
class Direction {
 protected:
  enum class Step {
    kStart,  // an operation is to be started, and then to be waited for
    kWait,   // one is under way
    kReady,  // there is what the coroutine waits for
    kEnded,  // there are no more operations
    kClosed,
  };

  explicit Direction(Executor& executor) : executor_(executor) {}
  Direction(const Direction&) = delete;
  Direction& operator=(const Direction&) = delete;
  ~Direction() = default;

  Turns& turns() noexcept { return turns_; }
  base::Mutex& mutex() noexcept ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  // Returns what the coroutine whose turn it is has to do. Gives `done` a
  // future of the operation's end if that is to be waited for. `has_begun` is
  // for Look().
  Step Next(Future<void>& done, bool has_begun) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      const base::MutexLock lock(mutex_);
      const Step step = LookIfIdle(has_begun);
      if (step != Step::kStart && step != Step::kWait) return step;
    }
    // Promises emit events, so they come and go outside of the lock; a former
    // one, of a coroutine that has given up, too.
    Promise<void> promise(executor_);
    done = promise.GetFuture();
    const base::MutexLock lock(mutex_);
    const Step step = LookIfIdle(has_begun);
    if (step == Step::kWait) std::swap(*waiter_, promise);
    if (step == Step::kStart) {
      is_under_way_ = true;
      waiter_.emplace(std::move(promise));
    }
    return step;
  }

  // Says what a coroutine does while no operation is under way: not kWait.
  // `has_begun`: it has started one.
  virtual Step Look(bool has_begun) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;

  // The operation has ended. Returns the promise that is to be told that.
  std::optional<Promise<void>> TakeWaiter() noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    is_under_way_ = false;
    return std::exchange(waiter_, std::nullopt);
  }
  bool is_under_way() const noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return is_under_way_;
  }

 private:
  Step LookIfIdle(bool has_begun) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return is_under_way_ ? Step::kWait : Look(has_begun);
  }

  Executor& executor_;
  Turns turns_;
  base::Mutex mutex_;
  bool is_under_way_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<Promise<void>> waiter_ ABSL_GUARDED_BY(mutex_);
};

// The messages that arrive. Thread-safe. It must outlive the coroutines of
// `Read()`, and the operation under way; what `keep` owns lives as long as the
// coroutine.
template <typename Message>
class Reads : private Direction {
 public:
  explicit Reads(Executor& executor) : Direction(executor) {}

  // Returns the next message; nothing at the end.
  Task<std::optional<Message>> Read(std::shared_ptr<void> /*keep*/) {
    const Turns::Turn turn(turns(), "Read");
    for (bool has_begun = false;;) {
      Future<void> done;
      const Step step = Next(done, has_begun);
      if (step == Step::kEnded) co_return std::nullopt;
      if (step == Step::kReady) co_return std::move(message_);
      if (step == Step::kStart) {
        has_begun = true;
        StartReading(&message_);
      }
      co_await std::move(done);
    }
  }

 protected:
  ~Reads() = default;

  virtual void StartReading(Message* message) = 0;

  // The operation has ended.
  void EndRead(bool ok) noexcept ABSL_LOCKS_EXCLUDED(mutex()) {
    std::optional<Promise<void>> waiter;
    {
      const base::MutexLock lock(mutex());
      (ok ? is_full_ : has_ended_) = true;
      waiter = TakeWaiter();
    }
    if (waiter) waiter->SetValue();
  }

 private:
  Step Look(bool /*has_begun*/) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex()) {
    if (has_ended_) return Step::kEnded;
    return std::exchange(is_full_, false) ? Step::kReady : Step::kStart;
  }

  Message message_;  // gRPC's while one is read, else its whose turn it is
  bool is_full_ ABSL_GUARDED_BY(mutex()) = false;
  bool has_ended_ ABSL_GUARDED_BY(mutex()) = false;
};

// The messages that are sent; otherwise as Reads.
template <typename Message>
class Writes : private Direction {
 public:
  explicit Writes(Executor& executor) : Direction(executor) {}

  // Returns true when the message is on its way; false if the stream has ended.
  // Throws std::logic_error after Close().
  Task<bool> Write(Message message, std::shared_ptr<void> /*keep*/) {
    const Turns::Turn turn(turns(), "Write");
    for (bool has_begun = false;;) {
      Future<void> done;
      const Step step = Next(done, has_begun);
      if (step == Step::kEnded) co_return false;
      if (step == Step::kReady) co_return true;
      if (step == Step::kClosed) {
        throw std::logic_error(
            "weft::grpc: Write() after WritesDone() or Finish()");
      }
      if (step == Step::kStart) {
        has_begun = true;
        message_ = std::move(message);
        StartWriting(&message_);
      }
      co_await std::move(done);
    }
  }

  // Calls `then` as soon as nothing is being written, on any thread; no message
  // is accepted any more. Does nothing the second time.
  void Close(std::function<void()> then) ABSL_LOCKS_EXCLUDED(mutex()) {
    {
      const base::MutexLock lock(mutex());
      if (std::exchange(is_closed_, true)) return;
      if (is_under_way()) {
        then_ = std::move(then);
        return;
      }
    }
    then();
  }

 protected:
  ~Writes() = default;

  virtual void StartWriting(const Message* message) = 0;

  // The operation has ended.
  void EndWrite(bool ok) noexcept ABSL_LOCKS_EXCLUDED(mutex()) {
    std::optional<Promise<void>> waiter;
    std::function<void()> then;
    {
      const base::MutexLock lock(mutex());
      if (!ok) is_broken_ = true;
      waiter = TakeWaiter();
      then.swap(then_);
    }
    if (waiter) waiter->SetValue();
    if (then) then();
  }

 private:
  Step Look(bool has_begun) override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex()) {
    if (is_broken_) return Step::kEnded;
    if (has_begun) return Step::kReady;
    return is_closed_ ? Step::kClosed : Step::kStart;
  }

  Message message_;  // gRPC's while one is sent, else its whose turn it is
  bool is_broken_ ABSL_GUARDED_BY(mutex()) = false;
  bool is_closed_ ABSL_GUARDED_BY(mutex()) = false;
  std::function<void()> then_ ABSL_GUARDED_BY(mutex());
};

}  // namespace weft::grpc_internal

#endif  // WEFT_ADAPTERS_GRPC_INTERNAL_MESSAGE_SLOTS_H_
