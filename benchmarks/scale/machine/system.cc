// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What threads of the machine ask of the operating system. The linker puts
// these functions, __wrap_x, in the place of x (see BUILD.bazel); outside of a
// simulation they call the real ones.

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <exception>
#include <limits>

#include "weft/benchmarks/scale/machine/machine_state.h"

namespace weft::scale {
namespace {

constexpr int kAll = std::numeric_limits<int>::max();

// The clock of the machine begins then, so that no time is 0.
constexpr Picoseconds kEpoch = 1'000'000'000 * kNanosecond;

Picoseconds FromTimespec(const std::timespec& time) noexcept {
  return (static_cast<Picoseconds>(time.tv_sec) * 1'000'000'000 +
          time.tv_nsec) *
             kNanosecond -
         kEpoch;
}

// The mutex of glibc: 0 free, 1 held, 2 held and perhaps waited for.
int* WordOf(pthread_mutex_t* mutex) noexcept { return &mutex->__data.__lock; }

void LockMutex(Thread& self, pthread_mutex_t* mutex) noexcept {
  int* const word = WordOf(mutex);
  Touch(self, word, Access::kStore, true);
  if (*word == 0) {
    *word = 1;
    return;
  }
  for (;;) {
    Touch(self, word, Access::kStore, true);
    const int before = *word;
    *word = 2;
    if (before == 0) return;
    static_cast<void>(Sleep(self, word, -1));
  }
}

void UnlockMutex(Thread& self, pthread_mutex_t* mutex) noexcept {
  int* const word = WordOf(mutex);
  Touch(self, word, Access::kStore, true);
  const int before = *word;
  *word = 0;
  if (before == 2) static_cast<void>(Wake(self, word, 1));
}

// Returns false at `deadline`.
bool WaitForCondition(Thread& self, void* condition, pthread_mutex_t* mutex,
                      Picoseconds deadline) noexcept {
  Touch(self, condition, Access::kStore, true);
  // Nobody else runs between these two, unless a mutex's waiter is woken.
  ++self.undisturbed;
  UnlockMutex(self, mutex);
  --self.undisturbed;
  const bool woken = Sleep(self, condition, deadline);
  LockMutex(self, mutex);
  return woken;
}

long SimulateFutex(Thread& self, const int* word, int operation, int value,
                   const std::timespec* until) noexcept {
  switch (operation & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)) {
    case FUTEX_WAIT_BITSET:
      Touch(self, word, Access::kLoad, false);
      if (*word != value) {
        errno = EAGAIN;
        return -1;
      }
      if (!Sleep(self, word, until != nullptr ? FromTimespec(*until) : -1)) {
        errno = ETIMEDOUT;
        return -1;
      }
      return 0;
    case FUTEX_WAKE:
      Preempt(self);
      return Wake(self, word, value);
    default:
      errno = ENOSYS;
      return -1;
  }
}

long SimulateMembarrier(Thread& self, int command) noexcept {
  if (command != MEMBARRIER_CMD_PRIVATE_EXPEDITED) return 0;
  Preempt(self);
  std::int64_t others = 0;
  for (const auto& thread : machine->threads) {
    if (!thread->sleeps && thread.get() != &self) ++others;
  }
  const Prices& prices = machine->options.prices;
  Fence(self);
  self.clock += prices.heavy_fence + others * prices.heavy_fence_each;
  ++machine->counts.heavy_fences;
  ++machine->interrupts;
  ++self.interrupts;
  return 0;
}

}  // namespace
}  // namespace weft::scale

// NOLINTBEGIN: the linker gives them their names.
using weft::scale::InSimulator;
using weft::scale::Thread;

#define WEFT_SCALE_WRAP(result, name, parameters) \
  result __real_##name parameters;                \
  result __wrap_##name parameters

extern "C" {

WEFT_SCALE_WRAP(int, pthread_mutex_lock, (pthread_mutex_t * mutex)) {
  const InSimulator simulator;
  if (simulator.thread == nullptr) return __real_pthread_mutex_lock(mutex);
  weft::scale::LockMutex(*simulator.thread, mutex);
  return 0;
}

WEFT_SCALE_WRAP(int, pthread_mutex_trylock, (pthread_mutex_t * mutex)) {
  const InSimulator simulator;
  if (simulator.thread == nullptr) return __real_pthread_mutex_trylock(mutex);
  int* const word = weft::scale::WordOf(mutex);
  weft::scale::Touch(*simulator.thread, word, weft::scale::Access::kStore,
                     true);
  if (*word != 0) return EBUSY;
  *word = 1;
  return 0;
}

WEFT_SCALE_WRAP(int, pthread_mutex_unlock, (pthread_mutex_t * mutex)) {
  const InSimulator simulator;
  if (simulator.thread == nullptr) return __real_pthread_mutex_unlock(mutex);
  weft::scale::UnlockMutex(*simulator.thread, mutex);
  return 0;
}

WEFT_SCALE_WRAP(int, pthread_cond_clockwait,
                (pthread_cond_t * condition, pthread_mutex_t* mutex,
                 clockid_t clock, const std::timespec* until)) {
  const InSimulator simulator;
  if (simulator.thread == nullptr) {
    return __real_pthread_cond_clockwait(condition, mutex, clock, until);
  }
  return weft::scale::WaitForCondition(*simulator.thread, condition, mutex,
                                       weft::scale::FromTimespec(*until))
             ? 0
             : ETIMEDOUT;
}

// std::condition_variable::wait(), notify_one() and notify_all().
WEFT_SCALE_WRAP(void, _ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE,
                (void* condition, std::unique_lock<std::mutex>* lock)) {
  const InSimulator simulator;
  if (simulator.thread == nullptr) {
    return __real__ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE(
        condition, lock);
  }
  weft::scale::WaitForCondition(*simulator.thread, condition,
                                lock->mutex()->native_handle(), -1);
}
WEFT_SCALE_WRAP(void, _ZNSt18condition_variable10notify_oneEv,
                (void* condition)) {
  const InSimulator simulator;
  if (simulator.thread == nullptr) {
    return __real__ZNSt18condition_variable10notify_oneEv(condition);
  }
  weft::scale::Touch(*simulator.thread, condition, weft::scale::Access::kStore,
                     true);
  weft::scale::Wake(*simulator.thread, condition, 1);
}
WEFT_SCALE_WRAP(void, _ZNSt18condition_variable10notify_allEv,
                (void* condition)) {
  const InSimulator simulator;
  if (simulator.thread == nullptr) {
    return __real__ZNSt18condition_variable10notify_allEv(condition);
  }
  weft::scale::Touch(*simulator.thread, condition, weft::scale::Access::kStore,
                     true);
  weft::scale::Wake(*simulator.thread, condition, weft::scale::kAll);
}

WEFT_SCALE_WRAP(int, pthread_create,
                (pthread_t * id, const pthread_attr_t* attributes,
                 void* (*function)(void*), void* argument)) {
  const InSimulator simulator;
  if (simulator.thread == nullptr) {
    return __real_pthread_create(id, attributes, function, argument);
  }
  try {
    *id = weft::scale::StartThread(simulator.thread, function, argument).id;
    return 0;
  } catch (const std::exception&) {
    return EAGAIN;
  }
}

WEFT_SCALE_WRAP(int, pthread_join, (pthread_t id, void** result)) {
  const InSimulator simulator;
  Thread* const other =
      simulator.thread != nullptr ? weft::scale::FindThread(id) : nullptr;
  if (other == nullptr) return __real_pthread_join(id, result);
  while (!other->ended) {
    static_cast<void>(weft::scale::Sleep(*simulator.thread, other, -1));
  }
  return 0;
}

WEFT_SCALE_WRAP(int, pthread_tryjoin_np, (pthread_t id, void** result)) {
  const InSimulator simulator;
  Thread* const other =
      simulator.thread != nullptr ? weft::scale::FindThread(id) : nullptr;
  if (other == nullptr) return __real_pthread_tryjoin_np(id, result);
  return other->ended ? 0 : EBUSY;
}

WEFT_SCALE_WRAP(int, sched_yield, ()) {
  const InSimulator simulator;
  if (simulator.thread == nullptr) return __real_sched_yield();
  simulator.thread->clock += weft::scale::machine->options.prices.yield;
  weft::scale::Preempt(*simulator.thread);
  return 0;
}

// std::chrono::steady_clock::now().
WEFT_SCALE_WRAP(std::chrono::steady_clock::time_point,
                _ZNSt6chrono3_V212steady_clock3nowEv, ()) {
  const InSimulator simulator;
  if (simulator.thread == nullptr) {
    return __real__ZNSt6chrono3_V212steady_clock3nowEv();
  }
  simulator.thread->clock += weft::scale::machine->options.prices.clock;
  return std::chrono::steady_clock::time_point(
      std::chrono::nanoseconds((simulator.thread->clock + weft::scale::kEpoch) /
                               weft::scale::kNanosecond));
}

long __real_syscall(long number, long a, long b, long c, long d, long e,
                    long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e,
                    long f) {
  const InSimulator simulator;
  if (simulator.thread == nullptr) {
    return __real_syscall(number, a, b, c, d, e, f);
  }
  switch (number) {
    case SYS_futex:
      return weft::scale::SimulateFutex(
          *simulator.thread, reinterpret_cast<const int*>(a),
          static_cast<int>(b), static_cast<int>(c),
          reinterpret_cast<const std::timespec*>(d));
    case SYS_membarrier:
      return weft::scale::SimulateMembarrier(*simulator.thread,
                                             static_cast<int>(a));
    default:
      return __real_syscall(number, a, b, c, d, e, f);
  }
}

// A thread that makes a static object is not preempted: another one that waited
// for it would block the one real thread there is.
WEFT_SCALE_WRAP(int, __cxa_guard_acquire, (void* guard)) {
  const int makes = __real___cxa_guard_acquire(guard);
  if (makes != 0 && weft::scale::running != nullptr) {
    ++weft::scale::running->undisturbed;
  }
  return makes;
}
WEFT_SCALE_WRAP(void, __cxa_guard_release, (void* guard)) {
  __real___cxa_guard_release(guard);
  if (weft::scale::running != nullptr &&
      weft::scale::running->undisturbed > 0) {
    --weft::scale::running->undisturbed;
  }
}

// The instruction by which a thread that polls says so.
void WeftScalePause() {
  const InSimulator simulator;
  if (simulator.thread == nullptr) return;
  simulator.thread->clock += weft::scale::machine->options.prices.pause;
  weft::scale::PreemptIfAhead(*simulator.thread);
}

}  // extern "C"
// NOLINTEND
