// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/patterns/single_flight.h
// -----------------------------------------------------------------------------
//
// `SingleFlight<K, V>` makes coroutines that want the same thing at the same
// time share one call for it.
//
// Example:
//
//   weft::SingleFlight<UserId, std::shared_ptr<const User>> users(executor);
//
//   weft::Task<Page> Profile(UserId id) {
//     const auto user = co_await users.Do(id, [id] { return LoadUser(id); });
//     co_return Page(*user);
//   }
//
// Counterparts: Go's `singleflight.Group`, Caffeine's loading cache.

#ifndef WEFT_EXECUTOR_PATTERNS_SINGLE_FLIGHT_H_
#define WEFT_EXECUTOR_PATTERNS_SINGLE_FLIGHT_H_

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/context/cancellation.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/patterns/internal/task_result.h"
#include "weft/executor/promise.h"

namespace weft {

// SingleFlight
//
// A call that is under way for a key is a flight. It runs on the executor in
// the context of the caller that began it, but in a flow of its own: no
// caller's cancellation or deadline ends it. Each caller waits for it as long
// as its own flow may, and is told when that is over; when the last one has
// left, the flight is cancelled, as nobody wants it. A caller that comes after
// that, or after the end of a flight, begins a new one: nothing is kept.
//
// Thread-safety: thread-safe, except for destruction.
// Lifetime: flights may outlive it, the executor must outlive both.
// Cost: a lookup under a lock for each caller, a coroutine for the call and one
//   for the flight. `V` is copied for each caller: let it be a
//   std::shared_ptr<const T>. Keys are copied and destroyed without the lock;
//   they are hashed and compared under it, which must not throw.
// Errors: each caller gets what the flight throws; ShutdownError if its
//   executor is shut down before it has begun.
template <typename K, typename V, typename Hash = std::hash<K>,
          typename Equal = std::equal_to<K>>
class SingleFlight {
  static_assert(std::is_copy_constructible_v<V>,
                "SingleFlight<K, V>: each caller gets a copy of the V; let it "
                "be a std::shared_ptr");

 public:
  // Flights run on `executor`.
  explicit SingleFlight(Executor& executor)
      : executor_(executor), flights_(std::make_shared<Flights>(executor)) {}
  SingleFlight(const SingleFlight&) = delete;
  SingleFlight& operator=(const SingleFlight&) = delete;

  // SingleFlight::Do()
  //
  // Returns a coroutine that waits for the flight of `key`, and returns a copy
  // of its result. If there is none it begins one, which calls `fn()` and
  // awaits the coroutine that it returns.
  template <typename Fn>
    requires executor_internal::MakesTask<Fn> &&
             std::is_convertible_v<executor_internal::TaskResult<Fn>, V>
  Task<V> Do(K key, Fn fn) {
    const Seat seat(flights_, key);
    if (seat.is_new()) Begin(seat, std::move(fn));
    co_return co_await seat.flight().result;
  }

  // Returns how many flights are under way.
  std::size_t size() const noexcept { return flights_->size(); }

 private:
  struct Flight {
    explicit Flight(Executor& executor)
        : promise(executor), result(promise.GetFuture().Share()) {}

    CancellationSource source;
    Promise<V> promise;
    const SharedFuture<V> result;
    std::size_t callers = 1;  // guarded by the lock of the flights
    bool is_made = false;     // it has a coroutine, which will settle it
  };

  class Flights {
   public:
    explicit Flights(Executor& executor) noexcept : executor_(executor) {}

    std::size_t size() const noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
      const base::MutexLock lock(mutex_);
      return by_key_.size();
    }
    // Returns the flight for `key`, for one caller more; says if it is new.
    std::shared_ptr<Flight> Join(const K& key, bool& is_new)
        ABSL_LOCKS_EXCLUDED(mutex_) {
      if (std::shared_ptr<Flight> there = JoinIfThere(key)) return there;
      // Made without the lock: hooks are told of its promise, the key is
      // copied.
      Map alone;
      alone.try_emplace(key, std::make_shared<Flight>(executor_));
      Entry made = alone.extract(alone.begin());
      const base::MutexLock lock(mutex_);
      auto inserted = by_key_.insert(std::move(made));
      is_new = inserted.inserted;
      made = std::move(inserted.node);  // dies when the lock is free
      if (!is_new) ++inserted.position->second->callers;
      return inserted.position->second;
    }
    // One caller leaves; the last one ends the flight.
    void Leave(const K& key, Flight& flight) noexcept
        ABSL_LOCKS_EXCLUDED(mutex_) {
      Entry forgotten;
      {
        const base::MutexLock lock(mutex_);
        if (--flight.callers != 0) return;
        forgotten = Remove(key, flight);
      }
      flight.source.Cancel();
    }
    // A caller that comes now begins a new one.
    void Forget(const K& key, const Flight& flight) noexcept
        ABSL_LOCKS_EXCLUDED(mutex_) {
      Entry forgotten;  // dies when the lock is free
      const base::MutexLock lock(mutex_);
      forgotten = Remove(key, flight);
    }

   private:
    using Map = std::unordered_map<K, std::shared_ptr<Flight>, Hash, Equal>;
    using Entry = typename Map::node_type;

    std::shared_ptr<Flight> JoinIfThere(const K& key) noexcept
        ABSL_LOCKS_EXCLUDED(mutex_) {
      const base::MutexLock lock(mutex_);
      const auto found = by_key_.find(key);
      if (found == by_key_.end()) return nullptr;
      ++found->second->callers;
      return found->second;
    }
    Entry Remove(const K& key, const Flight& flight) noexcept
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      const auto found = by_key_.find(key);
      if (found == by_key_.end() || found->second.get() != &flight) return {};
      return by_key_.extract(found);
    }

    Executor& executor_;
    mutable base::Mutex mutex_;
    Map by_key_ ABSL_GUARDED_BY(mutex_);
  };

  // A caller's place in a flight.
  class Seat {
   public:
    Seat(std::shared_ptr<Flights> flights, const K& key)
        : flights_(std::move(flights)),
          key_(key),
          flight_(flights_->Join(key_, is_new_)) {}
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat() { flights_->Leave(key_, *flight_); }

    bool is_new() const noexcept { return is_new_; }
    const K& key() const noexcept { return key_; }
    Flight& flight() const noexcept { return *flight_; }
    const std::shared_ptr<Flight>& shared() const noexcept { return flight_; }

   private:
    const std::shared_ptr<Flights> flights_;
    const K key_;
    bool is_new_ = false;
    const std::shared_ptr<Flight> flight_;
  };

  // Ends a flight, once: when it has a result, or will have none.
  class Landing {
   public:
    Landing(std::shared_ptr<Flights> flights, K key,
            std::shared_ptr<Flight> flight) noexcept
        : flights_(std::move(flights)),
          key_(std::move(key)),
          flight_(std::move(flight)) {}
    Landing(Landing&&) noexcept = default;
    Landing& operator=(Landing&&) = delete;
    ~Landing() {
      if (flight_ != nullptr && flight_->is_made) Fail(NotMade());
    }

    void Succeed(V&& value) {
      const std::shared_ptr<Flight> flight = End();
      std::exception_ptr failure;
      try {
        flight->promise.SetValue(std::move(value));
      } catch (...) {  // moving it has thrown
        failure = std::current_exception();
      }
      if (failure == nullptr) return;
      flight->promise.SetException(std::move(failure));
    }
    void Fail(std::exception_ptr failure) {
      const std::shared_ptr<Flight> flight = End();
      flight->promise.SetException(std::move(failure));
    }

   private:
    std::shared_ptr<Flight> End() noexcept {
      flights_->Forget(key_, *flight_);
      return std::exchange(flight_, nullptr);
    }

    std::shared_ptr<Flights> flights_;
    K key_;
    std::shared_ptr<Flight> flight_;
  };

  // Nothing else refers to what it returns.
  static std::exception_ptr NotMade() noexcept try {
    return std::make_exception_ptr(ShutdownError(
        "SingleFlight: the call was not made, as its executor was shut down"));
  } catch (...) {
    return std::current_exception();
  }

  // Starts the flight of the one who sits there first.
  template <typename Fn>
  void Begin(const Seat& seat, Fn fn) {
    Task<> call;
    {
      const ShieldScope shield;
      const CancellationScope scope(seat.flight().source.token());
      try {
        call = Fly(Landing(flights_, seat.key(), seat.shared()), std::move(fn));
      } catch (...) {
        flights_->Forget(seat.key(), seat.flight());
        seat.flight().promise.SetException(std::current_exception());
        throw;
      }
      seat.flight().is_made = true;
      SpawnDetached(executor_, std::move(call));
    }
  }

  template <typename Fn>
  static Task<> Fly(Landing landing, Fn fn) {
    std::optional<V> value;
    std::exception_ptr failure;
    try {
      value.emplace(co_await fn());
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure != nullptr) {
      landing.Fail(std::move(failure));
    } else {
      landing.Succeed(*std::move(value));
    }
  }

  Executor& executor_;
  const std::shared_ptr<Flights> flights_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_PATTERNS_SINGLE_FLIGHT_H_
