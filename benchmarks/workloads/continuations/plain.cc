// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

#include "weft/benchmarks/workloads/continuations/continuations.h"

namespace weft::benchmarks::continuations {
namespace {

// A result that is set once, by one thread, and given to one callback, which
// another thread may set.
template <typename T>
class SharedResult {
 public:
  using Result = std::variant<std::monostate, T, std::exception_ptr>;

  void Set(Result result) {
    std::function<void(Result&)> callback;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      result_ = std::move(result);
      callback = std::move(callback_);
    }
    if (callback) callback(result_);
  }
  void Then(std::function<void(Result&)> callback) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (result_.index() == 0) {
        callback_ = std::move(callback);
        return;
      }
    }
    callback(result_);
  }

 private:
  std::mutex mutex_;
  Result result_;
  std::function<void(Result&)> callback_;
};

using Number = SharedResult<int>;

int Take(Number::Result& result) {
  if (const auto* failure = std::get_if<std::exception_ptr>(&result)) {
    std::rethrow_exception(*failure);
  }
  return std::get<int>(result);
}

// Adds up what becomes of a result that `set(i, result)` sets, when
// `pass(result)` has passed it on.
template <typename Set, typename Pass>
double MeasurePassed(const Set& set, const Pass& pass) {
  return Measure([&] {
    std::int64_t sum = 0;
    for (int i = 0; i < kOperations; ++i) {
      const auto input = std::make_shared<Number>();
      const auto passed = std::make_shared<Number>();
      input->Then([&pass, passed](Number::Result& result) {
        try {
          passed->Set(pass(result));
        } catch (...) {
          passed->Set(std::current_exception());
        }
      });
      set(i, *input);
      passed->Then([&sum](Number::Result& result) { sum += Take(result); });
    }
    return sum;
  });
}

void Keep(int i, Number& number) { number.Set(i); }
void Fail(int i, Number& number) {
  number.Set(std::make_exception_ptr(Failure{i}));
}

// The first kWanted of several results.
struct Collector {
  std::mutex mutex;
  std::vector<int> results;
  SharedResult<std::vector<int>> collected;

  void Add(int result) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (results.size() == std::size_t{kWanted}) return;
      results.push_back(result);
      if (results.size() < std::size_t{kWanted}) return;
    }
    collected.Set(results);
  }
};

// The first of two results.
struct First {
  using Value = std::variant<int, std::int64_t>;

  std::mutex mutex;
  bool is_decided = false;
  SharedResult<Value> first;

  void Offer(Value value) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (std::exchange(is_decided, true)) return;
    }
    first.Set(value);
  }
};

}  // namespace

double OutcomesByHand(int) {
  return MeasurePassed(Keep, [](Number::Result& result) { return result; });
}

double CatchesByHand(int) {
  return MeasurePassed(Fail, [](Number::Result& result) {
    try {
      return Take(result);
    } catch (const Failure& failure) {
      return failure.number;
    }
  });
}

double FinalsByHand(int) {
  int calls = 0;
  const double ns = MeasurePassed(Keep, [&calls](Number::Result& result) {
    ++calls;
    return result;
  });
  CheckAnswer(calls, kOperations);
  return ns;
}

double FlattenedByHand(int) {
  using Inner = std::shared_ptr<Number>;
  return Measure([] {
    std::int64_t sum = 0;
    for (int i = 0; i < kOperations; ++i) {
      const auto outer = std::make_shared<SharedResult<Inner>>();
      const auto inner = std::make_shared<Number>();
      const auto flat = std::make_shared<Number>();
      outer->Then([flat](auto& result) {
        if (const auto* failure = std::get_if<std::exception_ptr>(&result)) {
          return flat->Set(*failure);
        }
        std::get<Inner>(result)->Then(
            [flat](Number::Result& number) { flat->Set(number); });
      });
      outer->Set(inner);
      inner->Set(i);
      flat->Then([&sum](Number::Result& result) { sum += Take(result); });
    }
    return sum;
  });
}

double CollectedByHand(int) {
  return Measure([] {
    std::int64_t sum = 0;
    for (int first = 0; first < kOperations; first += kInputs) {
      const auto collector = std::make_shared<Collector>();
      std::vector<std::shared_ptr<Number>> inputs;
      for (int i = 0; i < kInputs; ++i) {
        inputs.push_back(std::make_shared<Number>());
        inputs.back()->Then([collector](Number::Result& result) {
          collector->Add(Take(result));
        });
      }
      for (const auto& input : inputs) input->Set(first);
      collector->collected.Then([&sum](auto& results) {
        for (const int result : std::get<std::vector<int>>(results)) {
          sum += 2 * result;
        }
      });
      sum += kInputs * (kInputs - 1) / 2;
    }
    return sum;
  });
}

double FirstOfTwoByHand(int) {
  return Measure([] {
    std::int64_t sum = 0;
    for (int i = 0; i < kOperations; ++i) {
      const auto first = std::make_shared<First>();
      const auto number = std::make_shared<Number>();
      const auto other = std::make_shared<SharedResult<std::int64_t>>();
      number->Then(
          [first](auto& result) { first->Offer(std::get<int>(result)); });
      other->Then([first](auto& result) {
        first->Offer(std::get<std::int64_t>(result));
      });
      i % 2 == 0 ? number->Set(i) : other->Set(std::int64_t{i});
      first->first.Then([&sum](auto& result) {
        sum += std::visit(
            [](auto value) { return static_cast<std::int64_t>(value); },
            std::get<First::Value>(result));
      });
      i % 2 == 0 ? other->Set(std::int64_t{0}) : number->Set(0);
    }
    return sum;
  });
}

}  // namespace weft::benchmarks::continuations
