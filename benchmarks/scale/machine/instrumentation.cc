// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The functions that a compiler calls for -fsanitize=thread, see machine.h. An
// atomic operation is carried out here, after it has been charged.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "weft/benchmarks/scale/machine/machine_state.h"

namespace weft::scale {
namespace {

[[gnu::noinline]] void Missed(Thread& self, Directory::Line& line,
                              Access access, bool is_update,
                              const void* code) noexcept {
  const InSimulator simulator;
  FetchLine(self, line, access, is_update, code);
}

[[gnu::noinline]] void Ahead(Thread& self) noexcept {
  const InSimulator simulator;
  Preempt(self);
}

[[gnu::always_inline]] inline void Charge(const volatile void* address,
                                          Access access, bool is_update,
                                          const void* code) noexcept {
  Thread* const self = running;
  if (self == nullptr) [[unlikely]]
    return;
  ++machine->counts.accesses;
  self->clock += machine->options.prices.access;
  if (is_update) Fence(*self);
  Directory::Line& line =
      machine->directory.At(const_cast<const void*>(address));
  if (machine->directory.Has(line, self->processor, access)) [[likely]] {
    if (self->clock > machine->run_until) [[unlikely]]
      Ahead(*self);
    return;
  }
  Missed(*self, line, access, is_update, code);
}

void ChargeRange(const void* address, std::size_t bytes, Access access,
                 const void* code) noexcept {
  const auto first = reinterpret_cast<std::uintptr_t>(address);
  for (std::uintptr_t line = first / Directory::kLineBytes;
       bytes > 0 && line <= (first + bytes - 1) / Directory::kLineBytes;
       ++line) {
    Charge(reinterpret_cast<const void*>(line * Directory::kLineBytes), access,
           false, code);
  }
}

void CountTheft(const volatile void* address) noexcept {
  if (running == nullptr) return;
  const InSimulator simulator;
  if (machine->thefts.contains(const_cast<const void*>(address))) {
    ++machine->counts.thefts;
  }
}

constexpr int kSeqCst = __ATOMIC_SEQ_CST;

}  // namespace
}  // namespace weft::scale

// Simulated operations take effect at once, so their orders are of no account:
// all are carried out seq_cst.
// NOLINTBEGIN
#define WEFT_SCALE_PAIR(kind, bytes)                                 \
  void __tsan_##kind##read##bytes(void* address) {                   \
    weft::scale::Charge(address, weft::scale::Access::kLoad, false,  \
                        __builtin_return_address(0));                \
  }                                                                  \
  void __tsan_##kind##write##bytes(void* address) {                  \
    weft::scale::Charge(address, weft::scale::Access::kStore, false, \
                        __builtin_return_address(0));                \
  }
#define WEFT_SCALE_PLAIN(bytes)      \
  WEFT_SCALE_PAIR(, bytes)           \
  WEFT_SCALE_PAIR(unaligned_, bytes) \
  WEFT_SCALE_PAIR(volatile_, bytes)

#define WEFT_SCALE_UPDATE(bits, type, name, builtin)                           \
  type __tsan_atomic##bits##_##name(volatile type* address, type value, int) { \
    weft::scale::Charge(address, weft::scale::Access::kStore, true,            \
                        __builtin_return_address(0));                          \
    return builtin(address, value, weft::scale::kSeqCst);                      \
  }

#define WEFT_SCALE_ATOMIC(bits, type)                                        \
  type __tsan_atomic##bits##_load(const volatile type* address, int) {       \
    weft::scale::Charge(address, weft::scale::Access::kLoad, false,          \
                        __builtin_return_address(0));                        \
    return __atomic_load_n(address, weft::scale::kSeqCst);                   \
  }                                                                          \
  void __tsan_atomic##bits##_store(volatile type* address, type value,       \
                                   int order) {                              \
    weft::scale::Charge(address, weft::scale::Access::kStore,                \
                        order == weft::scale::kSeqCst,                       \
                        __builtin_return_address(0));                        \
    __atomic_store_n(address, value, __ATOMIC_RELEASE);                      \
  }                                                                          \
  type __tsan_atomic##bits##_exchange(volatile type* address, type value,    \
                                      int) {                                 \
    weft::scale::Charge(address, weft::scale::Access::kStore, true,          \
                        __builtin_return_address(0));                        \
    weft::scale::CountTheft(address);                                        \
    return __atomic_exchange_n(address, value, weft::scale::kSeqCst);        \
  }                                                                          \
  WEFT_SCALE_UPDATE(bits, type, fetch_add, __atomic_fetch_add)               \
  WEFT_SCALE_UPDATE(bits, type, fetch_sub, __atomic_fetch_sub)               \
  WEFT_SCALE_UPDATE(bits, type, fetch_and, __atomic_fetch_and)               \
  WEFT_SCALE_UPDATE(bits, type, fetch_or, __atomic_fetch_or)                 \
  WEFT_SCALE_UPDATE(bits, type, fetch_xor, __atomic_fetch_xor)               \
  WEFT_SCALE_UPDATE(bits, type, fetch_nand, __atomic_fetch_nand)             \
  int __tsan_atomic##bits##_compare_exchange_strong(                         \
      volatile type* address, type* expected, type value, int, int) {        \
    weft::scale::Charge(address, weft::scale::Access::kStore, true,          \
                        __builtin_return_address(0));                        \
    return __atomic_compare_exchange_n(address, expected, value, false,      \
                                       weft::scale::kSeqCst,                 \
                                       weft::scale::kSeqCst);                \
  }                                                                          \
  int __tsan_atomic##bits##_compare_exchange_weak(                           \
      volatile type* address, type* expected, type value, int, int) {        \
    weft::scale::Charge(address, weft::scale::Access::kStore, true,          \
                        __builtin_return_address(0));                        \
    return __atomic_compare_exchange_n(address, expected, value, false,      \
                                       weft::scale::kSeqCst,                 \
                                       weft::scale::kSeqCst);                \
  }                                                                          \
  type __tsan_atomic##bits##_compare_exchange_val(                           \
      volatile type* address, type expected, type value, int, int) {         \
    weft::scale::Charge(address, weft::scale::Access::kStore, true,          \
                        __builtin_return_address(0));                        \
    __atomic_compare_exchange_n(address, &expected, value, false,            \
                                weft::scale::kSeqCst, weft::scale::kSeqCst); \
    return expected;                                                         \
  }

extern "C" {

void __tsan_init() {}

void __tsan_func_entry(void*) {
  if (weft::scale::running != nullptr) {
    weft::scale::running->clock += weft::scale::machine->options.prices.call;
  }
}
void __tsan_func_exit() {}

WEFT_SCALE_PLAIN(1)
WEFT_SCALE_PLAIN(2)
WEFT_SCALE_PLAIN(4)
WEFT_SCALE_PLAIN(8)
WEFT_SCALE_PLAIN(16)

void __tsan_read_range(void* address, std::size_t bytes) {
  weft::scale::ChargeRange(address, bytes, weft::scale::Access::kLoad,
                           __builtin_return_address(0));
}
void __tsan_write_range(void* address, std::size_t bytes) {
  weft::scale::ChargeRange(address, bytes, weft::scale::Access::kStore,
                           __builtin_return_address(0));
}
void __tsan_vptr_update(void** address, void*) {
  weft::scale::Charge(address, weft::scale::Access::kStore, false,
                      __builtin_return_address(0));
}
void __tsan_vptr_read(void** address) {
  weft::scale::Charge(address, weft::scale::Access::kLoad, false,
                      __builtin_return_address(0));
}
void* __tsan_memcpy(void* to, const void* from, std::size_t bytes) {
  __tsan_read_range(const_cast<void*>(from), bytes);
  __tsan_write_range(to, bytes);
  return std::memcpy(to, from, bytes);
}
void* __tsan_memmove(void* to, const void* from, std::size_t bytes) {
  __tsan_read_range(const_cast<void*>(from), bytes);
  __tsan_write_range(to, bytes);
  return std::memmove(to, from, bytes);
}
void* __tsan_memset(void* to, int value, std::size_t bytes) {
  __tsan_write_range(to, bytes);
  return std::memset(to, value, bytes);
}

WEFT_SCALE_ATOMIC(8, std::uint8_t)
WEFT_SCALE_ATOMIC(16, std::uint16_t)
WEFT_SCALE_ATOMIC(32, std::uint32_t)
WEFT_SCALE_ATOMIC(64, std::uint64_t)

void __tsan_atomic_thread_fence(int order) {
  if (weft::scale::running != nullptr && order == weft::scale::kSeqCst) {
    weft::scale::Fence(*weft::scale::running);
  }
}
void __tsan_atomic_signal_fence(int) {}

}  // extern "C"
// NOLINTEND
