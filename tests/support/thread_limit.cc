// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/support/thread_limit.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <limits>

namespace weft::tests {
namespace {

constexpr int kNoLimit = std::numeric_limits<int>::max();

constinit std::atomic<int> left{kNoLimit};
constinit std::atomic<int> refusals{0};

bool MayStart() noexcept {
  // relaxed: a number; nothing is handed over.
  int now = left.load(std::memory_order_relaxed);
  while (now != kNoLimit) {
    if (now == 0) {
      // relaxed: a number.
      refusals.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    // relaxed: a number.
    if (left.compare_exchange_weak(now, now - 1, std::memory_order_relaxed,
                                   std::memory_order_relaxed)) {
      break;
    }
  }
  return true;
}

}  // namespace

ThreadLimit::ThreadLimit(int threads) noexcept {
  // relaxed: a number; the test orders its threads.
  refusals.store(0, std::memory_order_relaxed);
  // relaxed: see above.
  left.store(threads, std::memory_order_relaxed);
}

ThreadLimit::~ThreadLimit() {
  // relaxed: see above.
  left.store(kNoLimit, std::memory_order_relaxed);
}

int ThreadLimit::refused() const noexcept {
  // relaxed: a number.
  return refusals.load(std::memory_order_relaxed);
}

}  // namespace weft::tests

// The function that clang's sanitizers, which are linked into the executable,
// have in place of the C library's.
extern "C" int __interceptor_pthread_create(pthread_t* thread,
                                            const pthread_attr_t* attr,
                                            void* (*start)(void*),
                                            void* arg) noexcept
    __attribute__((weak));

// In the executable it comes before the C library's, and a sanitizer's.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attr,
                              void* (*start)(void*), void* arg) noexcept {
  using Create =
      int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto next =
      __interceptor_pthread_create != nullptr
          ? &__interceptor_pthread_create
          : reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  return weft::tests::MayStart() ? next(thread, attr, start, arg) : EAGAIN;
}
