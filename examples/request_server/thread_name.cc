// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/thread_name.h"

#include <pthread.h>

#include <array>

namespace request_server {

std::string ThreadName() {
  std::array<char, 16> name{};  // the kernel's limit
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return name.data();
}

void SetThreadName(const std::string& name) {
  pthread_setname_np(pthread_self(), name.c_str());
}

}  // namespace request_server
