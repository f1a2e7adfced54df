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

// The messages that arrive. Thread-safe. It must outlive the coroutines of
// `Read()`, and the operation under way; what `keep` owns lives as long as the
// coroutine.
template <typename Message>
class Reads {
 public:
  explicit Reads(Executor& executor) : executor_(executor) {}
  Reads(const Reads&) = delete;
  Reads& operator=(const Reads&) = delete;

  // Returns the next message; nothing at the end.
  Task<std::optional<Message>> Read(std::shared_ptr<void> /*keep*/) {
    const Turns::Turn turn(turns_, "Read");
    for (;;) {
      Future<void> done;
      switch (Next(done)) {
        case Step::kEnd:
          co_return std::nullopt;
        case Step::kTake:
          co_return std::move(message_);
        case Step::kStart:
          StartReading(&message_);
          break;
        case Step::kWait:
          break;
      }
      co_await std::move(done);
    }
  }

 protected:
  ~Reads() = default;

  virtual void StartReading(Message* message) = 0;

  // The operation has ended.
  void EndRead(bool ok) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    std::optional<Promise<void>> waiter;
    {
      const base::MutexLock lock(mutex_);
      state_ = ok ? State::kFull : State::kEnded;
      waiter.swap(waiter_);
    }
    if (waiter) waiter->SetValue();
  }

 private:
  enum class State { kIdle, kReading, kFull, kEnded };
  enum class Step { kStart, kWait, kTake, kEnd };

  // Gives `done` a future of the operation's end if that must be waited for.
  Step Next(Future<void>& done) {
    Step step = Look(nullptr);
    if (step == Step::kWait) {
      // Promises emit events, so they come and go outside of the lock; a former
      // one, of a reader that has given up, too.
      Promise<void> promise(executor_);
      done = promise.GetFuture();
      step = Look(&promise);
    }
    return step;
  }
  // Leaves `promise` for whoever waits, and takes back the former one.
  Step Look(Promise<void>* promise) ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    if (state_ == State::kEnded) return Step::kEnd;
    if (state_ == State::kFull) {
      state_ = State::kIdle;
      return Step::kTake;
    }
    if (promise == nullptr) return Step::kWait;
    if (state_ == State::kReading) {
      std::swap(*waiter_, *promise);
      return Step::kWait;
    }
    state_ = State::kReading;
    waiter_.emplace(std::move(*promise));
    return Step::kStart;
  }

  Executor& executor_;
  Turns turns_;
  Message message_;  // gRPC's while kReading, else its whose turn it is
  base::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
  std::optional<Promise<void>> waiter_ ABSL_GUARDED_BY(mutex_);
};

// The messages that are sent; otherwise as Reads.
template <typename Message>
class Writes {
 public:
  explicit Writes(Executor& executor) : executor_(executor) {}
  Writes(const Writes&) = delete;
  Writes& operator=(const Writes&) = delete;

  // Returns true when the message is on its way; false if the stream has ended.
  // Throws std::logic_error after Close().
  Task<bool> Write(Message message, std::shared_ptr<void> /*keep*/) {
    const Turns::Turn turn(turns_, "Write");
    for (bool is_sent = false;;) {
      Future<void> done;
      switch (Next(done, is_sent)) {
        case Step::kBroken:
          co_return false;
        case Step::kSent:
          co_return true;
        case Step::kStart:
          message_ = std::move(message);
          is_sent = true;
          StartWriting(&message_);
          break;
        case Step::kWait:
          break;
        case Step::kClosed:
          throw std::logic_error(
              "weft::grpc: Write() after WritesDone() or Finish()");
      }
      co_await std::move(done);
    }
  }

  // Calls `then` as soon as nothing is being written, on any thread; no message
  // is accepted any more. Does nothing the second time.
  void Close(std::function<void()> then) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      const base::MutexLock lock(mutex_);
      if (std::exchange(is_closed_, true)) return;
      if (state_ == State::kWriting) {
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
  void EndWrite(bool ok) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    std::optional<Promise<void>> waiter;
    std::function<void()> then;
    {
      const base::MutexLock lock(mutex_);
      state_ = ok ? State::kIdle : State::kBroken;
      waiter.swap(waiter_);
      then.swap(then_);
    }
    if (waiter) waiter->SetValue();
    if (then) then();
  }

 private:
  enum class State { kIdle, kWriting, kBroken };
  enum class Step { kStart, kWait, kSent, kBroken, kClosed };

  // As those of Reads; `is_sent` says whether the caller's message is.
  Step Next(Future<void>& done, bool is_sent) {
    Step step = Look(nullptr, is_sent);
    if (step == Step::kWait) {
      Promise<void> promise(executor_);
      done = promise.GetFuture();
      step = Look(&promise, is_sent);
    }
    return step;
  }
  Step Look(Promise<void>* promise, bool is_sent) ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    if (state_ != State::kWriting) {
      if (state_ == State::kBroken) return Step::kBroken;
      if (is_sent) return Step::kSent;
      if (is_closed_) return Step::kClosed;
    }
    if (promise == nullptr) return Step::kWait;
    if (state_ == State::kWriting) {
      std::swap(*waiter_, *promise);
      return Step::kWait;
    }
    state_ = State::kWriting;
    waiter_.emplace(std::move(*promise));
    return Step::kStart;
  }

  Executor& executor_;
  Turns turns_;
  Message message_;  // gRPC's while kWriting, else its whose turn it is
  base::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<Promise<void>> waiter_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> then_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace weft::grpc_internal

#endif  // WEFT_ADAPTERS_GRPC_INTERNAL_MESSAGE_SLOTS_H_
