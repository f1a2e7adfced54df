// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Runs a small concurrent program again and again, each time in another order
// and with other values read, as far as the memory model of C++20 allows: in
// all ways where the program is tiny, otherwise in many random ones.
//
// What is modelled. Threads are fibers of one thread, and may be switched
// before each atomic operation. Each atomic object keeps all its stores, in its
// modification order. A load may read any store that coherence and what happens
// before it leave, so relaxed and acquire loads read old values; a store may
// come before stores in the modification order that its thread has not seen; a
// read-modify-write stands right behind what it reads. Release and acquire,
// release sequences, seq_cst operations and seq_cst fences order as in C++20. A
// Plain is checked for data races by vector clocks, its construction and
// destruction included. HeavyFence() is a seq_cst fence of every thread at that
// moment, and LightFence() is nothing, as membarrier(2) and a compiler's
// barrier are.
//
// What is not modelled. A load never reads a store that comes later in the
// execution, so load buffering and values out of thin air are left out; a
// compare-exchange that is repeated until it succeeds is one Modify(). After
// Yield() the thread goes on only when something has been stored since, and its
// next load reads the newest value: otherwise a loop that waits would have
// infinitely many executions.
//
// A model is a class that is made anew for each execution:
//
//   struct Model {
//     static constexpr int kThreads = 2;
//     void Run(int thread);  // what thread 0, 1, ... does
//     void Check();          // when all have ended: Require()s
//   };

#ifndef WEFT_TESTS_MODEL_EXPLORER_H_
#define WEFT_TESTS_MODEL_EXPLORER_H_

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

namespace weft::model {

inline constexpr int kMaxThreads = 5;  // with the one that makes the model

// How to explore.
struct Plan {
  // The number of executions: at random if `preemptions` is negative, otherwise
  // one after the other, with at most so many switches away from a thread that
  // could go on.
  std::uint64_t executions;
  int preemptions = -1;
};
constexpr Plan Random(std::uint64_t executions) { return {executions}; }
constexpr Plan Exhaustive(int preemptions, std::uint64_t at_most = 5'000'000) {
  return {at_most, preemptions};
}

struct Result {
  std::string failure;           // empty: none
  std::uint64_t executions = 0;  // until it failed
  bool complete = false;         // there are no more within the bound

  explicit operator bool() const { return failure.empty(); }
};
inline std::ostream& operator<<(std::ostream& out, const Result& result) {
  return out << (result ? "holds" : result.failure) << " after "
             << result.executions << " executions"
             << (result.complete ? ", all there are" : "");
}

// Called inside a model: the execution has failed if not `condition`.
void Require(bool condition, const char* what);
// The fences of base/sync/asymmetric_fence.h.
inline void LightFence() {}
void HeavyFence();
// Waits until something has been stored; false if nothing will be any more.
bool Wait();

namespace internal {

int NewLocation(std::uint64_t value);
std::uint64_t Load(int location, std::memory_order order);
void Store(int location, std::uint64_t value, std::memory_order order);
std::uint64_t Modify(int location, std::memory_order order,
                     const std::function<std::uint64_t(std::uint64_t)>& change);

using Clock = std::array<std::uint32_t, kMaxThreads>;
struct Accesses {
  int writer = 0;
  std::uint32_t write = 0;
  Clock reads{};
};
void PlainRead(Accesses& accesses);
void PlainWrite(Accesses& accesses);

struct Program {
  int threads;
  std::function<std::unique_ptr<void, void (*)(void*)>()> make;
  std::function<void(void*, int)> run;
  std::function<void(void*)> check;
};
Result Explore(const Program& program, const Plan& plan);

}  // namespace internal

// Stands in for StdSync in the executor's templates.
struct Sync {
  template <typename T>
  class Atomic {
   public:
    Atomic() : Atomic(T{}) {}
    explicit(false) Atomic(T value)
        : location_(internal::NewLocation(Bits(value))) {}
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;

    T load(std::memory_order order) const {
      return Value(internal::Load(location_, order));
    }
    void store(T value, std::memory_order order) {
      internal::Store(location_, Bits(value), order);
    }
    T exchange(T value, std::memory_order order) {
      return Modify(order, [value](T) { return value; });
    }
    T fetch_add(T value, std::memory_order order) {
      return Modify(order,
                    [value](T old) { return static_cast<T>(old + value); });
    }
    T fetch_sub(T value, std::memory_order order) {
      return Modify(order,
                    [value](T old) { return static_cast<T>(old - value); });
    }
    // Stands for any read-modify-write: returns what it has read.
    template <typename Change>
    T Modify(std::memory_order order, Change change) {
      return Value(internal::Modify(
          location_, order,
          [change](std::uint64_t bits) { return Bits(change(Value(bits))); }));
    }

   private:
    static std::uint64_t Bits(T value) {
      std::uint64_t bits = 0;
      static_assert(sizeof(T) <= sizeof(bits));
      std::memcpy(&bits, &value, sizeof(T));
      return bits;
    }
    static T Value(std::uint64_t bits) {
      T value;
      std::memcpy(&value, &bits, sizeof(T));
      return value;
    }

    const int location_;
  };

  template <typename T>
  class Plain {
   public:
    Plain() : Plain(T{}) {}
    explicit(false) Plain(T value) : value_(value) {
      internal::PlainWrite(accesses_);
    }
    Plain(const Plain&) = delete;
    ~Plain() { internal::PlainWrite(accesses_); }

    Plain& operator=(T value) {
      internal::PlainWrite(accesses_);
      value_ = value;
      return *this;
    }
    explicit(false) operator T() const {
      internal::PlainRead(accesses_);
      return value_;
    }

   private:
    mutable internal::Accesses accesses_;
    T value_;
  };

  static void Yield() { Require(Wait(), "waits for ever"); }
  static bool LightFenceIsFree() { return true; }
  static void LightFence() {}
  static void HeavyFence() { model::HeavyFence(); }
};

template <typename Model>
Result Explore(const Plan& plan) {
  static_assert(Model::kThreads < kMaxThreads);
  return internal::Explore(
      {Model::kThreads,
       [] {
         return std::unique_ptr<void, void (*)(void*)>(
             new Model, [](void* model) { delete static_cast<Model*>(model); });
       },
       [](void* model, int thread) { static_cast<Model*>(model)->Run(thread); },
       [](void* model) { static_cast<Model*>(model)->Check(); }},
      plan);
}

}  // namespace weft::model

#endif  // WEFT_TESTS_MODEL_EXPLORER_H_
