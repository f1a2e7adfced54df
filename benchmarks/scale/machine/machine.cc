// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/scale/machine/machine.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <stdexcept>

#include "weft/benchmarks/scale/machine/heap.h"
#include "weft/benchmarks/scale/machine/machine_state.h"

#if !defined(__x86_64__)
#error "the machine is simulated on x86-64 only: see SwitchStacks()"
#endif

// Saves the caller's registers on its stack, and that stack in `*from`; goes on
// with the stack `to`, and with the thread_locals at `thread_pointer`.
extern "C" void WeftScaleSwitchStacks(void** from, void* to,
                                      std::uint64_t thread_pointer);
__asm__(R"(
  .text
  .globl WeftScaleSwitchStacks
  .type WeftScaleSwitchStacks, @function
WeftScaleSwitchStacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  wrfsbase %rdx
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size WeftScaleSwitchStacks, .-WeftScaleSwitchStacks
)");

namespace weft::scale {

Machine* machine = nullptr;
Thread* running = nullptr;

namespace {

constexpr std::size_t kStackBytes = 512 * 1024;
// The part of a thread's stack that the real thread needs to sleep on.
constexpr std::size_t kSleepersStack = 32 * 1024;
constexpr int kMostWorkers = 1024;
constexpr int kOthers = 512;  // processors for other threads

struct Named {
  std::size_t size;
  std::string name;
};
std::map<std::uintptr_t, Named>& Names() {
  static auto& names = *new std::map<std::uintptr_t, Named>;
  return names;
}

// The order of threads: by clock, then by processor.
bool Later(const Thread& one, const Thread& other) noexcept {
  return one.clock != other.clock ? one.clock > other.clock
                                  : one.processor > other.processor;
}

void SetPlace(std::size_t place, Thread* thread) noexcept {
  machine->order[place] = thread;
  thread->place = place;
}

void SiftUp(std::size_t place) noexcept {
  Thread* const thread = machine->order[place];
  while (place > 0) {
    const std::size_t above = (place - 1) / 2;
    if (!Later(*machine->order[above], *thread)) break;
    SetPlace(place, machine->order[above]);
    place = above;
  }
  SetPlace(place, thread);
}

void SiftDown(std::size_t place) noexcept {
  Thread* const thread = machine->order[place];
  const std::size_t size = machine->order.size();
  for (;;) {
    std::size_t below = 2 * place + 1;
    if (below >= size) break;
    if (below + 1 < size &&
        Later(*machine->order[below], *machine->order[below + 1])) {
      ++below;
    }
    if (!Later(*thread, *machine->order[below])) break;
    SetPlace(place, machine->order[below]);
    place = below;
  }
  SetPlace(place, thread);
}

void Insert(Thread& thread) noexcept {
  machine->order.push_back(&thread);
  thread.place = machine->order.size() - 1;
  SiftUp(thread.place);
}

void Remove(Thread& thread) noexcept {
  const std::size_t place = thread.place;
  Thread* const last = machine->order.back();
  machine->order.pop_back();
  thread.place = Thread::kNowhere;
  if (last == &thread) return;
  SetPlace(place, last);
  SiftUp(place);
  SiftDown(last->place);
}

void SetRunUntil() noexcept {
  machine->run_until = machine->order.empty()
                           ? std::numeric_limits<Picoseconds>::max()
                           : machine->order.front()->clock + Machine::kQuantum;
}

// What a thread pays for interrupts that came while it ran.
void PayForInterrupts(Thread& thread) noexcept {
  thread.clock +=
      static_cast<Picoseconds>(machine->interrupts - thread.interrupts) *
      machine->options.prices.interrupt;
  thread.interrupts = machine->interrupts;
}

void StopSleeping(Thread& thread) noexcept {
  thread.sleeps = false;
  machine->counts.asleep += thread.clock - thread.slept_at;
  // While it slept nothing interrupted it.
  thread.interrupts = machine->interrupts;
  std::vector<Thread*>& sleepers = machine->sleepers[thread.sleeps_on];
  std::erase(sleepers, &thread);
  if (sleepers.empty()) machine->sleepers.erase(thread.sleeps_on);
}

// Saves the stack of the caller, and goes on as `next`.
void SwitchTo(void*& from, Thread& next) noexcept {
  machine->current = &next;
  WeftScaleSwitchStacks(&from, next.stack_pointer, next.thread_pointer);
}

// Goes from `self`, which is in `order` or sleeps, to the thread that is next.
void SwitchToNext(Thread& self) noexcept {
  if (machine->order.empty()) {
    static_cast<void>(std::fprintf(
        stderr, "scale: all simulated threads sleep, and none will wake up\n"));
    std::abort();
  }
  Thread& next = *machine->order.front();
  Remove(next);
  if (next.sleeps) {
    next.timed_out = true;
    StopSleeping(next);
  }
  if (&next != &self) {
    SwitchTo(self.stack_pointer, next);
  }
  PayForInterrupts(self);
  SetRunUntil();
}

std::uint64_t Random() noexcept {
  // S. Vigna, "SplitMix64", 2015.
  std::uint64_t z = machine->random += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// The name of the function at an address, as far as it is exported.
std::string FunctionAt(const void* address) {
  Dl_info info{};
  const ElfW(Sym)* symbol = nullptr;
  if (::dladdr1(address, &info,
                const_cast<void**>(reinterpret_cast<const void**>(&symbol)),
                RTLD_DL_SYMENT) == 0 ||
      symbol == nullptr || info.dli_sname == nullptr ||
      static_cast<const char*>(address) >=
          static_cast<const char*>(info.dli_saddr) + symbol->st_size) {
    return "a function that is not exported";
  }
  int status = 0;
  char* const name =
      abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status);
  std::string function = status == 0 ? name : info.dli_sname;
  std::free(name);
  // Without its parameters and their templates'.
  function.resize(std::min(function.find('('), function.size()));
  return function;
}

// Where a thread begins.
[[noreturn]] void Begin() noexcept {
  Thread* const self = machine->current;
  PayForInterrupts(*self);
  SetRunUntil();
  running = self;
  self->function(self->argument);
  running = nullptr;
  self->ended = true;
  static_cast<void>(Wake(*self, self, std::numeric_limits<int>::max()));
  if (machine->home_from == self) {
    WeftScaleSwitchStacks(&self->stack_pointer, machine->home_stack,
                          machine->home_thread_pointer);
  }
  self->sleeps = true;  // for ever
  SwitchToNext(*self);
  std::abort();
}

struct Lender {
  sem_t is_ready{};
  Thread* thread = nullptr;
};

// The real thread that lends its stack and its thread_locals.
void* Lend(void* lender) {
  {
    auto& lent = *static_cast<Lender*>(lender);
    std::uint64_t thread_pointer = 0;
    __asm__("rdfsbase %0" : "=r"(thread_pointer));
    lent.thread->thread_pointer = thread_pointer;
    const auto here = reinterpret_cast<std::uintptr_t>(&thread_pointer);
    // A call leaves the stack pointer 8 bytes off a multiple of 16. Six
    // registers and the address of the function lie above it.
    const std::uintptr_t top = (here - kSleepersStack) / 16 * 16 - 8;
    auto* const frame = reinterpret_cast<std::uintptr_t*>(top) - 7;
    std::fill(frame, frame + 6, 0);
    frame[6] = reinterpret_cast<std::uintptr_t>(&Begin);
    lent.thread->stack_pointer = frame;
    sem_post(&lent.is_ready);
  }
  for (;;) ::pause();
}

bool HasFsgsbase() noexcept {
  constexpr unsigned long kHwcap2Fsgsbase = 2;
  return (getauxval(AT_HWCAP2) & kHwcap2Fsgsbase) != 0;
}

}  // namespace

void Preempt(Thread& self) noexcept {
  if (self.undisturbed > 0) return;
  PayForInterrupts(self);
  if (machine->order.empty() || !Later(self, *machine->order.front())) {
    SetRunUntil();
    return;
  }
  // `self` takes the place of the one that is next.
  Thread& next = *machine->order.front();
  next.place = Thread::kNowhere;
  SetPlace(0, &self);
  SiftDown(0);
  if (next.sleeps) {
    next.timed_out = true;
    StopSleeping(next);
  }
  SwitchTo(self.stack_pointer, next);
  PayForInterrupts(self);
  SetRunUntil();
}

void FetchLine(Thread& self, Directory::Line& line, Access access,
               bool is_update, const void* code) noexcept {
  // In the order of time; meanwhile the line may have come.
  Preempt(self);
  Directory& directory = machine->directory;
  if (directory.Has(line, self.processor, access)) return;
  ++machine->counts.fetches;
  const Picoseconds asked = self.clock;
  const Picoseconds start = directory.Book(line, self.processor, access, asked);
  if (access == Access::kStore && !is_update) {
    self.stored_at = std::max(
        self.stored_at,
        directory.Fetch(line, self.processor, access, asked, start, code));
    return;
  }
  // Those that have it, or get it earlier, go on with it meanwhile.
  self.clock = start;
  Preempt(self);
  if (directory.Has(line, self.processor, access)) return;
  self.clock = std::max(
      self.clock,
      directory.Fetch(line, self.processor, access, asked, start, code));
}

void Fence(Thread& self) noexcept {
  self.clock =
      std::max(self.clock, self.stored_at) + machine->options.prices.fence;
}

void Touch(Thread& self, const void* address, Access access,
           bool is_update) noexcept {
  ++machine->counts.accesses;
  self.clock += machine->options.prices.access;
  if (is_update) Fence(self);
  Directory::Line& line = machine->directory.At(address);
  if (machine->directory.Has(line, self.processor, access)) {
    return PreemptIfAhead(self);
  }
  FetchLine(self, line, access, is_update, __builtin_return_address(0));
}

bool Sleep(Thread& self, const void* address, Picoseconds deadline) noexcept {
  self.clock += machine->options.prices.sleep_call;
  ++machine->counts.sleeps;
  self.slept_at = self.clock;
  self.timed_out = false;
  self.sleeps = true;
  self.sleeps_on = address;
  machine->sleepers[address].push_back(&self);
  if (deadline >= 0) {
    self.clock = std::max(self.clock, deadline);
    Insert(self);
  }
  SwitchToNext(self);
  return !self.timed_out;
}

int Wake(Thread& self, const void* address, int most) noexcept {
  int woken = 0;
  while (woken < most) {
    const auto sleepers = machine->sleepers.find(address);
    if (sleepers == machine->sleepers.end()) break;
    Thread& sleeper = *sleepers->second.front();
    const Prices& prices = machine->options.prices;
    self.clock += prices.wake_call;
    ++machine->counts.wakes;
    ++woken;
    if (sleeper.place != Thread::kNowhere) Remove(sleeper);
    // Up to a tenth more, as the seed says.
    const Picoseconds latency =
        prices.wake_latency +
        static_cast<Picoseconds>(
            Random() %
            (static_cast<std::uint64_t>(prices.wake_latency) / 10 + 1));
    sleeper.clock = std::max(self.clock, sleeper.slept_at) + latency;
    StopSleeping(sleeper);
    Insert(sleeper);
  }
  SetRunUntil();
  return woken;
}

Thread& StartThread(Thread* starter, void* (*function)(void*), void* argument) {
  auto thread = std::make_unique<Thread>();
  thread->function = function;
  thread->argument = argument;
  // Spare workers run only while others are blocked, so that no more processors
  // are at work.
  const bool is_worker = starter != nullptr && machine->starts_outside == 0 &&
                         machine->next_worker < machine->options.processors;
  thread->processor = is_worker
                          ? machine->next_worker++
                          : machine->options.processors + machine->next_other++;
  if (thread->processor >= machine->topology.size()) {
    throw std::runtime_error("scale: there are more threads than processors");
  }
  Lender lender;
  lender.thread = thread.get();
  sem_init(&lender.is_ready, 0, 0);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, AllocateStack(kStackBytes), kStackBytes);
  pthread_t id{};
  // The wrapper makes a real one when none is running.
  const int error = ::pthread_create(&id, &attributes, &Lend, &lender);
  if (error != 0) {
    throw std::runtime_error(std::string("scale: no thread can be had: ") +
                             std::strerror(error));
  }
  while (sem_wait(&lender.is_ready) != 0) continue;
  thread->id = id;
  ++machine->counts.threads;
  if (starter != nullptr) {
    thread->clock = starter->clock + machine->options.prices.new_thread;
  }
  thread->interrupts = machine->interrupts;
  Thread& started = *thread;
  machine->threads.push_back(std::move(thread));
  Insert(started);
  SetRunUntil();
  return started;
}

Thread* FindThread(unsigned long id) noexcept {
  for (const auto& thread : machine->threads) {
    if (thread->id == id) return thread.get();
  }
  return nullptr;
}

void RunOnMachine(const MachineOptions& options,
                  const std::function<void()>& program) {
  if (options.processors < 1 || options.processors > kMostWorkers) {
    throw std::invalid_argument(
        "RunOnMachine: processors is " + std::to_string(options.processors) +
        ", must be 1 to " + std::to_string(kMostWorkers));
  }
  if (machine != nullptr) {
    throw std::runtime_error(
        "RunOnMachine: a process can run only one machine");
  }
  if (!HasFsgsbase()) {
    throw std::runtime_error(
        "RunOnMachine: the processor or the kernel lacks FSGSBASE");
  }
  Topology topology{options.processors, kOthers, options.nodes};
  auto* const made = new Machine(options, topology);
  made->order.reserve(static_cast<std::size_t>(topology.size()));
  machine = made;
  std::uint64_t thread_pointer = 0;
  __asm__("rdfsbase %0" : "=r"(thread_pointer));
  machine->home_thread_pointer = thread_pointer;
  auto* const call = +[](void* function) -> void* {
    (*static_cast<const std::function<void()>*>(function))();
    return nullptr;
  };
  Thread& first = StartThread(
      nullptr, call, const_cast<void*>(static_cast<const void*>(&program)));
  machine->home_from = &first;
  Remove(first);
  SwitchTo(machine->home_stack, first);
}

bool OnMachine() noexcept { return running != nullptr; }

void ComputeOnMachine(Picoseconds time) noexcept {
  const InSimulator simulator;
  simulator.thread->clock += time;
  PreemptIfAhead(*simulator.thread);
}

Picoseconds MachineTime() noexcept { return running->clock; }

void NameMemory(const void* address, std::size_t size, std::string name) {
  const InSimulator simulator;
  Names()[reinterpret_cast<std::uintptr_t>(address)] = {size, std::move(name)};
}

void MarkTheft(const void* address) {
  const InSimulator simulator;
  machine->thefts.insert(address);
}

OutsideWorkers::OutsideWorkers() noexcept { ++machine->starts_outside; }
OutsideWorkers::~OutsideWorkers() { --machine->starts_outside; }

void ClearCounts() noexcept {
  const InSimulator simulator;
  machine->counts = {};
  machine->directory.ClearCounts();
}

MachineCounts Counts() noexcept { return machine->counts; }

std::vector<ContendedLine> ContendedLines(std::size_t most) {
  const InSimulator simulator;
  std::vector<std::pair<std::uintptr_t, const Directory::Line*>> lines;
  machine->directory.ForEachLine(
      [&](const void* address, const Directory::Line& line) {
        lines.emplace_back(reinterpret_cast<std::uintptr_t>(address), &line);
      });
  // Lines of the same name, as those of all workers, count together.
  std::map<std::string, ContendedLine> named;
  for (const auto& [address, line] : lines) {
    std::string name;
    auto next = Names().lower_bound(address + Directory::kLineBytes);
    while (next != Names().begin()) {
      --next;
      if (next->first + next->second.size <= address) break;
      name = next->second.name + (name.empty() ? "" : ", ") + name;
    }
    const std::string code = FunctionAt(line->code);
    ContendedLine& entry = named[name.empty() ? "memory of " + code : name];
    if (entry.waited < line->waited) entry.code = code;
    entry.fetches += line->fetched;
    entry.waited += line->waited;
    entry.queued += line->queued;
  }
  std::vector<ContendedLine> result;
  for (auto& [name, line] : named) {
    line.name = name;
    result.push_back(std::move(line));
  }
  std::sort(result.begin(), result.end(),
            [](const ContendedLine& one, const ContendedLine& other) {
              return one.waited > other.waited;
            });
  if (result.size() > most) result.resize(most);
  return result;
}

}  // namespace weft::scale
