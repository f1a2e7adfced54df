// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <iostream>
#include <string>

#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"

int main() {
  const weft::AsyncLocalStorage<std::string> user;
  weft::Executor executor;
  user.Run("ada", [&] {
    executor.Submit([&] { std::cout << "hello, " << *user.GetStore() << "\n"; })
        .Get();
  });
}
