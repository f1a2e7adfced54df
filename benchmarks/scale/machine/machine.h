// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A simulated machine of many processors, on which a program's threads run: one
// thread a processor, one fiber a thread, all on one thread of this process.
//
// Code that is compiled with -fsanitize=thread tells of each access to memory.
// Here that is not ThreadSanitizer but the machine (instrumentation.cc): each
// access is charged to the processor that makes it, at what it costs to fetch
// the line from where it is. What threads ask of the operating system is
// replaced when the program is linked (system.cc): threads, mutexes, condition
// variables, futexes, membarrier, the clock.
//
// Each processor has a clock. The one whose clock is behind all others' is the
// next to run, until it needs a line that it does not have, sleeps, or is
// further ahead than kQuantum. So accesses to lines that processors share take
// place in the order of their times, and a run depends on nothing but the
// program, the machine and the seed.
//
// What is not simulated: caches that are full, the effects of weak memory
// orders on values (each access takes effect at once), loads that overlap with
// each other or with what follows them, prefetching, and processors that run
// more than one thread. A store that is no read-modify-write waits for its line
// in a store buffer; only a fence waits for that.

#ifndef WEFT_BENCHMARKS_SCALE_MACHINE_MACHINE_H_
#define WEFT_BENCHMARKS_SCALE_MACHINE_MACHINE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "weft/benchmarks/scale/prices/prices.h"

namespace weft::scale {

struct MachineOptions {
  Prices prices;
  // For workers: 1 to 1,024. There are 512 more for other threads: the main
  // thread, those started within an OutsideWorkers, and those that are started
  // when each of these has one.
  int processors = 1;
  int nodes = 1;
  std::uint64_t seed = 1;  // of small differences between wake-ups
};

// What happened since ClearCounts().
struct MachineCounts {
  std::uint64_t accesses = 0;  // that were charged
  std::uint64_t fetches = 0;   // of lines
  std::uint64_t thefts = 0;    // exchanges of a variable marked by MarkTheft()
  std::uint64_t wakes = 0;     // of sleeping threads
  std::uint64_t sleeps = 0;
  std::uint64_t heavy_fences = 0;
  std::uint64_t threads = 0;  // that were started
  Picoseconds asleep = 0;     // in all
};

struct ContendedLine {
  std::string name;  // of what is on it, as far as it is known
  std::string code;  // the function that fetches it most often
  std::uint64_t fetches = 0;
  Picoseconds waited = 0;  // for it, by all processors
  Picoseconds queued = 0;  // the part of that before it was their turn
};

// Runs `program` as the main thread of a machine. One machine may be run in a
// process, as threads are still there when it ends: then the process should end
// by _exit(). Throws std::invalid_argument for an option out of its range, and
// std::runtime_error where the processor or the kernel lacks what it takes.
void RunOnMachine(const MachineOptions& options,
                  const std::function<void()>& program);

// True inside of it.
bool OnMachine() noexcept;

// All these are for threads of the machine.

// Lets the calling thread compute for so long, touching no memory.
void ComputeOnMachine(Picoseconds time) noexcept;
// Returns the time since the machine was made.
Picoseconds MachineTime() noexcept;
// Names `size` bytes at `address` in the list of contended lines.
void NameMemory(const void* address, std::size_t size, std::string name);
// Counts exchanges of the variable at `address` as thefts.
void MarkTheft(const void* address);

// Threads that are started within such a scope get a processor that is not for
// workers.
class OutsideWorkers {
 public:
  OutsideWorkers() noexcept;
  OutsideWorkers(const OutsideWorkers&) = delete;
  OutsideWorkers& operator=(const OutsideWorkers&) = delete;
  ~OutsideWorkers();
};

void ClearCounts() noexcept;
MachineCounts Counts() noexcept;
// Returns the `most` lines on which processors waited longest.
std::vector<ContendedLine> ContendedLines(std::size_t most);

}  // namespace weft::scale

#endif  // WEFT_BENCHMARKS_SCALE_MACHINE_MACHINE_H_
