// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/collect.h
// -----------------------------------------------------------------------------
//
// `Collect()` makes one future of many: the future of the first `count`
// results.
//
// Example:
//
//   // Two of three replicas are a quorum.
//   auto acks = weft::Collect(2, std::move(writes)).Get();
//
// Counterpart: `folly::collectN()`. Node has none.

#ifndef WEFT_EXECUTOR_COLLECT_H_
#define WEFT_EXECUTOR_COLLECT_H_

#include <cstddef>
#include <exception>
#include <list>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/ref.h"
#include "weft/base/sync/mutex.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/future_inputs.h"
#include "weft/executor/internal/future/future_state.h"
#include "weft/executor/when_any.h"

namespace weft {

namespace executor_internal {

// Throws std::invalid_argument.
void CheckCollected(std::size_t wanted, std::size_t futures);

// Takes results until there are enough, or there cannot be.
template <typename T>
class FirstResults final
    : public InputCollector<FirstResults<T>, std::vector<AnyResult<T>>> {
 public:
  FirstResults(Engine& engine, std::size_t wanted, std::size_t inputs,
               std::source_location where)
      : FirstResults::InputCollector(engine, inputs, where),
        wanted_(wanted),
        may_fail_(inputs - wanted) {}

  void Add(const FutureStateRef<T>& state, std::size_t index,
           std::source_location where) {
    this->Await(
        state,
        [this, index](const FutureState<T>& settled) {
          switch (Count(settled, index)) {
            case Known::kNot:
              return;
            case Known::kResults:
              this->GiveUpInputs();
              return this->Settle([&] { return TakeResults(); });
            case Known::kFailure:
              this->GiveUpInputs();
              return this->Settle([&]() -> std::vector<AnyResult<T>> {
                std::rethrow_exception(std::exchange(failure_, nullptr));
              });
          }
        },
        where);
  }

  // The rest was dropped, unless it is known.
  void SettleLast() noexcept {
    if (IsKnown()) return;
    this->Settle([]() -> std::vector<AnyResult<T>> {
      std::rethrow_exception(DroppedError());
    });
  }

 private:
  enum class Known { kNot, kResults, kFailure };
  using Results = std::list<AnyResult<T>>;

  bool IsKnown() noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    return std::exchange(is_known_, true);
  }

  // Returns what is known by this input, and was not before; after that the
  // members are the caller's.
  Known Count(const FutureState<T>& settled, std::size_t index)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    Results result;  // one, or none
    std::exception_ptr failure = settled.TakeException();
    if (failure == nullptr) {
      try {
        if constexpr (std::is_void_v<T>) {
          result.push_back(AnyResult<T>{index});
        } else {
          result.push_back(AnyResult<T>{index, settled.Take()});
        }
      } catch (...) {  // moving it has thrown
        failure = std::current_exception();
      }
    }
    const base::MutexLock lock(mutex_);
    if (is_known_) return Known::kNot;
    if (failure == nullptr) {
      results_.splice(results_.end(), result);
      is_known_ = results_.size() == wanted_;
      return is_known_ ? Known::kResults : Known::kNot;
    }
    if (failure_ == nullptr) failure_ = std::move(failure);
    is_known_ = may_fail_-- == 0;
    return is_known_ ? Known::kFailure : Known::kNot;
  }

  std::vector<AnyResult<T>> TakeResults() {
    Results taken = std::exchange(results_, {});
    std::vector<AnyResult<T>> results;
    results.reserve(wanted_);
    for (AnyResult<T>& result : taken) results.push_back(std::move(result));
    return results;
  }

  const std::size_t wanted_;
  base::Mutex mutex_;
  bool is_known_ ABSL_GUARDED_BY(mutex_) = false;
  std::size_t may_fail_ ABSL_GUARDED_BY(mutex_);
  Results results_;             // moved by nobody under the lock
  std::exception_ptr failure_;  // the first
};

}  // namespace executor_internal

// Collect()
//
// Returns the future of the first `count` results, in the order in which they
// came, each with its future's place among `futures`, from 0. It is settled as
// soon as `count` futures have succeeded; or, with the exception of the first
// that failed, as soon as so many have failed that `count` cannot succeed. The
// other futures are given up, as by `WhenAny()` (when_any.h), and in all else
// it is as that. A result that cannot be moved, because that throws, counts as
// a failure.
//
// Cost: that of `WhenAny()`, and an allocation for each result.
// Errors: std::invalid_argument, naming the numbers, if `count` is 0 or more
//   than the number of futures, or, naming the position, if one is not
//   `valid()`.
template <typename T>
Future<std::vector<AnyResult<T>>> Collect(
    std::size_t count, std::vector<Future<T>>&& futures,
    std::source_location where = std::source_location::current()) {
  static_assert(!std::is_reference_v<T>,
                "Collect(): a vector holds no references; let the tasks return "
                "pointers");
  using Results = executor_internal::FirstResults<T>;
  executor_internal::CheckCollected(count, futures.size());
  executor_internal::CheckInputs(futures, "Collect");
  auto& engine = executor_internal::FutureMaker::EngineOf(futures.front());
  const auto results = base::Ref<Results>::Adopt(
      new Results(engine, count, futures.size(), where));
  const auto adding = results.get()->FirstTicket();
  std::size_t index = 0;
  for (const auto& state : executor_internal::TakeInputs(std::move(futures))) {
    results.get()->Add(state, index++, where);
  }
  return results.get()->GetFuture();
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_COLLECT_H_
