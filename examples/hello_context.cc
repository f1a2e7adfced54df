// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A value set on one thread, read on another; and a hook that is told of it.

#include <iostream>
#include <string>

#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_event.h"

int main() {
  const weft::AsyncLocalStorage<std::string> user;
  weft::Executor executor;

  weft::AsyncHook hook = weft::CreateHook(
      {.init =
           [](const weft::InitEvent& event) {
             std::cout << "init " << event.type() << ' ' << event.async_id()
                       << " by " << event.trigger_async_id() << '\n';
           },
       .before =
           [](const weft::BeforeEvent& event) {
             std::cout << "before " << event.async_id() << '\n';
           },
       .after =
           [](const weft::AfterEvent& event) {
             std::cout << "after " << event.async_id() << '\n';
           },
       .destroy =
           [](const weft::DestroyEvent& event) {
             std::cout << "destroy " << event.async_id() << '\n';
           }});
  hook.Enable();

  weft::Future<void> done = user.Run("ada", [&] {
    return executor.Submit([&] {  // runs on a worker
      std::cout << "hello, " << *user.GetStore() << '\n';
    });
  });
  done.Get();
}
