// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <iostream>
#include <string>

#include "weft/adapters/onetbb/parallel_for.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"

int main() {
  const weft::AsyncLocalStorage<std::string> user;
  weft::Executor executor;
  const auto greet = [&](int turn) {
    std::cout << "hello, " << *user.GetStore() << ' ' << turn << '\n';
  };
  user.Run("ada", [&] {
    executor.Submit([&] { greet(1); }).Get();
    weft::tbb::parallel_for(2, 3, greet);
  });
}
