// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A value set on one thread, read on another; and a hook that is told of it.

#include <iostream>
#include <string>
#include <string_view>

#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/hooks/async_hook.h"

int main() {
  const weft::AsyncLocalStorage<std::string> user;
  weft::Executor executor;

  weft::AsyncHook hook = weft::CreateHook(
      {.init =
           [](weft::AsyncId id, std::string_view type, weft::AsyncId trigger,
              weft::Resource&) {
             std::cout << "init " << type << ' ' << id << " by " << trigger
                       << '\n';
           },
       .before = [](weft::AsyncId id) { std::cout << "before " << id << '\n'; },
       .after = [](weft::AsyncId id) { std::cout << "after " << id << '\n'; },
       .destroy =
           [](weft::AsyncId id) { std::cout << "destroy " << id << '\n'; }});
  hook.Enable();

  weft::Future<void> done = user.Run("ada", [&] {
    return executor.Submit([&] {  // runs on a worker
      std::cout << "hello, " << *user.GetStore() << '\n';
    });
  });
  done.Get();
}
