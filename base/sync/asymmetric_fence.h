// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A pair of fences of unequal price, for two sides that each write one thing
// and then read what the other writes, where one side is frequent and the other
// rare:
//
//   frequent:  x.store(1); LightFence(); read y
//   rare:      y.store(1); HeavyFence(); read x
//
// At least one of the two sees the other's store. With sequentially consistent
// accesses the frequent side would pay for that each time; here LightFence()
// only keeps the compiler from reordering, and HeavyFence() makes every running
// thread of the process execute a full barrier, by membarrier(2).
//
// Guarantee, that of P1202 (D. Goldblatt, "Asymmetric Fences"): a HeavyFence()
// and a LightFence() are ordered with each other as two sequentially consistent
// fences would be, and so are two HeavyFence()s; two LightFence()s are not
// ordered. Of each pair of threads that must not both miss, one therefore has
// to take the heavy side. Either L comes before H, and what precedes L is seen
// by what follows H; or H comes before L, and the other way round.
//
// Both sides must:
//   - Put the fence between the store and the load: a fence on one side alone
//     guarantees nothing.
//   - Access `x` and `y` as atomics. Relaxed is enough to be seen; where seeing
//     hands data over, the store is a release and the load an acquire, as
//     everywhere: ThreadSanitizer follows those edges, knows nothing of these
//     fences, and does not need to.
//   - Say so at the edge: name the two ends, and the test.
//
// Cost: LightFence() is a load and a predicted branch, but a full barrier until
// the first HeavyFence() of the process. HeavyFence() interrupts every
// processor on which a thread of the process runs: about 1 us if only the
// caller runs, some 30 us with one more thread on a virtual machine
// (2026-11-24, 2 vCPU, Debian 12, g++ 12.2); the first one also registers the
// process, which may take milliseconds while other threads run. Where the
// kernel has no membarrier or a sandbox refuses it, both are full barriers.

#ifndef WEFT_BASE_SYNC_ASYMMETRIC_FENCE_H_
#define WEFT_BASE_SYNC_ASYMMETRIC_FENCE_H_

#include <atomic>

#include "weft/base/language.h"

namespace weft::base {

// Edges:
//   [F1] `light_fence_is_free` becomes true once, after the process has been
//        registered for membarrier, and after the one exchange that decides
//        whether HeavyFence() uses it: because of that exchange no caller
//        proceeds with another answer. A thread that reads true may leave the
//        barrier out, since every HeavyFence() from then on uses membarrier; a
//        thread that still reads false makes a full barrier, which pairs with
//        either kind of HeavyFence(). So an old value is never wrong, only
//        slow, and relaxed is enough. Breaks if it is set before the decision
//        is made, or where membarrier was refused: both sides miss. Tests:
//        AsymmetricFenceTest.OneOfTheTwoSeesTheOther, and
//        AsymmetricFenceDeathTest.HoldsWhereTheKernelRefuses.
//
// Every LightFence() reads it and it is written once, so it needs no cache line
// of its own.
extern constinit std::atomic<bool> light_fence_is_free;

// A barrier of the machine for all accesses. Sequentially consistent
// read-modify-writes of some other object are not such a barrier by the letter
// of C++, nor on every machine. GCC's builtin is specified as one, and unlike
// std::atomic_thread_fence may be used under ThreadSanitizer.
inline void FullBarrier() noexcept { __sync_synchronize(); }

inline bool LightFenceIsFree() noexcept {
  // [F1]
  return light_fence_is_free.load(std::memory_order_relaxed);
}

// A LightFence() for callers that have checked LightFenceIsFree().
inline void FreeLightFence() noexcept {
  // Emits nothing, but the compiler moves no access of memory across it.
  __asm__ __volatile__("" ::: "memory");
}

inline void LightFence() noexcept {
  if (LightFenceIsFree()) [[likely]] {
    FreeLightFence();
  } else {
    FullBarrier();
  }
}

// Aborts with a message if membarrier worked once and is refused later, as by a
// sandbox that is entered meanwhile: by then light sides rely on it.
void HeavyFence() noexcept;

}  // namespace weft::base

#endif  // WEFT_BASE_SYNC_ASYMMETRIC_FENCE_H_
