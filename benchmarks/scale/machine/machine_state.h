// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The state of the machine of machine.h, for the files that simulate it.

#ifndef WEFT_BENCHMARKS_SCALE_MACHINE_MACHINE_STATE_H_
#define WEFT_BENCHMARKS_SCALE_MACHINE_MACHINE_STATE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "weft/benchmarks/scale/machine/directory.h"
#include "weft/benchmarks/scale/machine/machine.h"

namespace weft::scale {

// A thread of the machine, and the processor that runs it. It has the stack and
// the thread_locals of a real thread, which sleeps for ever.
struct Thread {
  static constexpr std::size_t kNowhere = ~std::size_t{0};

  int processor = 0;
  Picoseconds clock = 0;
  Picoseconds stored_at = 0;     // when its store buffer is empty
  std::uint64_t interrupts = 0;  // that it has paid for
  std::size_t place = kNowhere;  // in Machine::order
  // Asleep until it is woken or, if it is in `order`, until that time.
  bool sleeps = false;
  bool timed_out = false;
  Picoseconds slept_at = 0;
  const void* sleeps_on = nullptr;
  int undisturbed = 0;  // not to be preempted: makes a static object
  void* stack_pointer = nullptr;
  std::uint64_t thread_pointer = 0;  // of the real thread: its thread_locals
  unsigned long id = 0;              // the real thread's pthread_t
  void* (*function)(void*) = nullptr;
  void* argument = nullptr;
  bool ended = false;
};

struct Machine {
  // How far a processor may be ahead of the others while it touches only lines
  // that it has.
  static constexpr Picoseconds kQuantum = 50 * kNanosecond;

  Machine(const MachineOptions& machine_options, const Topology& machine)
      : options(machine_options),
        topology(machine),
        directory(machine_options.prices, machine),
        random(machine_options.seed) {}

  const MachineOptions options;
  const Topology topology;
  Directory directory;
  MachineCounts counts;
  std::uint64_t random;
  std::uint64_t interrupts = 0;
  // Up to where the running thread may go on without looking for another one.
  Picoseconds run_until = 0;
  std::vector<std::unique_ptr<Thread>> threads;
  int next_worker = 0;  // processor of the next thread
  int next_other = 0;   // the same, counted from the workers' on
  int starts_outside = 0;
  // A heap of the threads that can run, or will at some time, earliest first.
  std::vector<Thread*> order;
  std::unordered_map<const void*, std::vector<Thread*>> sleepers;
  std::unordered_set<const void*> thefts;
  void* home_stack = nullptr;  // of the thread that called RunOnMachine()
  std::uint64_t home_thread_pointer = 0;
  Thread* home_from = nullptr;  // ends the simulation when it ends
  Thread* current = nullptr;    // running or in the simulator
};

// Null while none is simulated.
extern Machine* machine;
// The running thread; null inside the simulator and outside of a simulation.
extern Thread* running;

// Marks a scope as the simulator's own: nothing is charged for what it does.
// `thread` is null if no simulated thread runs.
class InSimulator {
 public:
  InSimulator() noexcept : thread(running) { running = nullptr; }
  InSimulator(const InSimulator&) = delete;
  InSimulator& operator=(const InSimulator&) = delete;
  ~InSimulator() { running = thread; }

  Thread* const thread;
};

// All of these are called within an InSimulator.

// Lets those threads run that are behind `self`.
void Preempt(Thread& self) noexcept;
// The same, but only if `self` is further ahead than it may be.
inline void PreemptIfAhead(Thread& self) noexcept {
  if (self.clock > machine->run_until) [[unlikely]]
    Preempt(self);
}
// Charges an access of memory that `self` does not have.
void FetchLine(Thread& self, Directory::Line& line, Access access,
               bool is_update, const void* code) noexcept;
// A full barrier: waits for the store buffer.
void Fence(Thread& self) noexcept;
// An access by the simulator on behalf of `self`.
void Touch(Thread& self, const void* address, Access access,
           bool is_update) noexcept;

// Sleeps until Wake() for that address; returns false at `deadline`, if that is
// not negative.
bool Sleep(Thread& self, const void* address, Picoseconds deadline) noexcept;
// Wakes up to `most` of those that sleep for that address, in the order in
// which they have come; returns how many.
int Wake(Thread& self, const void* address, int most) noexcept;

// Starts a thread. Throws std::runtime_error if no real thread can be had.
Thread& StartThread(Thread* starter, void* (*function)(void*), void* argument);
Thread* FindThread(unsigned long id) noexcept;

}  // namespace weft::scale

#endif  // WEFT_BENCHMARKS_SCALE_MACHINE_MACHINE_STATE_H_
