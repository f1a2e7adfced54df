// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The one listener that is no hook: what observes the process. Hooks are
// functions of users, called in batches; the sink is called directly, so it may
// listen while nothing is to become slower.
//
// Edges:
//   [J1] SetSink()'s store of `the_sink` <-> CurrentSink()'s load of it: the
//        sink is complete when it is told. A sink is never taken away, so a
//        thread that has seen an old bit of `wanted_events` tells a sink that
//        no longer wants it, and that must ignore it. Breaks if weakened: a
//        sink is told before it is complete. Test:
//        TapStressTest.LevelsChangeWhileTasksRun.

#ifndef WEFT_HOOKS_INTERNAL_SINK_H_
#define WEFT_HOOKS_INTERNAL_SINK_H_

#include <atomic>
#include <cstdint>

#include "weft/hooks/internal/signal.h"
#include "weft/hooks/internal/wanted_events.h"
#include "weft/hooks/resource.h"
#include "weft/hooks/worker_id.h"

namespace weft::context_internal {
class Frame;
}  // namespace weft::context_internal

namespace weft::hooks_internal {

// Says that no worker is told.
inline constexpr WorkerId kNoWorker{0, -1};

// What is told.
struct Told {
  Signal signal;
  // The resource; null for signals of workers. For kWait, kWaitEnd and kAwait
  // the one that waits; for kSend and kReceive the message, without an id,
  // whose trigger is the one that runs. Only its facts may be read, not what is
  // attached to it.
  const Resource* resource;
  // kStart: the worker that runs it. Signals of workers: that worker; kSteal:
  // the thief. kEnqueue, kEnqueueSample and kDrop: the executor, worker -1.
  WorkerId worker = kNoWorker;
  // kStart: the number of the executor that the task was submitted to; 0: it is
  // a part of a fork. kBefore: the number of the executor whose task, or on
  // whose worker the part of a fork, has just started; 0: it was not queued.
  // kThrow: the number of the executor whose task it is.
  // kSteal: the number of the worker that it is taken from.
  // kDrop: DropReason. kInit: of a promise, what kWait tells of those who wait
  // for it. kWait: the address of what is waited for, as a number; 0: a place
  // in a queue. kAwait: the id of the future that is awaited.
  // kSend and kReceive: the id of the message.
  std::uint64_t detail = 0;
  // kInit: the context that the resource keeps; null: it keeps none.
  const context_internal::Frame* frame = nullptr;
};

// It is told on the thread where it happens, with none of Weft's locks held;
// on many threads at once. It must not emit events, submit, or wait. When a
// hook wants the same event the sink is told first, but last of kAfter, so that
// it does not take the time of the hooks for that of the next resource.
class Sink {
 public:
  virtual void Tell(const Told& told) noexcept = 0;
  // Are called instead for what begins and for what ends: kBefore and kAfter,
  // and those of a fork.
  virtual void TellBegin(const Told& told) noexcept = 0;
  virtual void TellEnd(const Told& told) noexcept = 0;

 protected:
  ~Sink() = default;
};

// Makes `sink` the sink of the process. It must live for ever, and be the only
// one, now and later. It is told nothing before it wants something.
void SetSink(Sink& sink) noexcept;

// Says which signals the sink wants, as SignalBit() of each. A thread may tell
// it of others for a moment.
void SetWantedSignals(EventBits bits) noexcept;

// Returns the sink; null if there is none yet.
extern constinit std::atomic<Sink*> the_sink;
inline Sink* CurrentSink() noexcept {
  return the_sink.load(std::memory_order_acquire);  // [J1]
}
// Not for what begins and ends.
inline void TellSink(const Told& told) noexcept {
  if (Sink* const sink = CurrentSink()) sink->Tell(told);
}

// What the next kBefore of the thread has as its detail.
extern constinit thread_local std::uint64_t starts_for;

// Tells it, if it wants that. Not for the events of hooks: emit.h has those.
inline void EmitSignal(Signal signal, const Resource* resource,
                       WorkerId worker = kNoWorker,
                       std::uint64_t detail = 0) noexcept {
  if (IsAnyWanted(SignalBit(signal))) [[unlikely]] {
    TellSink({signal, resource, worker, detail});
  }
}

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_SINK_H_
