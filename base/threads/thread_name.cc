// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/threads/thread_name.h"

#include <errno.h>
#include <pthread.h>

#include <cstdio>
#include <utility>

namespace weft::base {

namespace {

// Set by a ThreadNameScope.
constinit thread_local bool is_named = false;

}  // namespace

ThreadNameScope::ThreadNameScope(const char* name) noexcept
    : outer_is_ours_(std::exchange(is_named, true)) {
  pthread_getname_np(pthread_self(), outer_.data(), outer_.size());
  std::array<char, kThreadNameSize> inner{};  // a longer one is refused
  std::snprintf(inner.data(), inner.size(), "%s", name);
  pthread_setname_np(pthread_self(), inner.data());
}

ThreadNameScope::ThreadNameScope(const char* name, int number) noexcept
    : outer_is_ours_(std::exchange(is_named, true)) {
  pthread_getname_np(pthread_self(), outer_.data(), outer_.size());
  std::array<char, kThreadNameSize> inner{};
  std::snprintf(inner.data(), inner.size(), "%s-%d", name, number);
  pthread_setname_np(pthread_self(), inner.data());
}

ThreadNameScope::~ThreadNameScope() {
  pthread_setname_np(pthread_self(), outer_.data());
  is_named = outer_is_ours_;
}

PlainThreadNameScope::PlainThreadNameScope() noexcept {
  if (is_named) scope_.emplace(program_invocation_short_name);
}

}  // namespace weft::base
