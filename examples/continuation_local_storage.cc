// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// `executionAsyncResource()` in Node's manual: continuation-local storage made
// of a hook, which hands the state of the running resource to each new one.
// `AsyncLocalStorage` does it without a hook, and at less cost.
//
// Differs from Node's: tasks on several threads stand for the HTTP requests;
// the property is a typed key, `ResourceState`; what is handed on is a copy (a
// `std::shared_ptr` would be one object that all share, as in Node).

#include <array>
#include <cstddef>
#include <iostream>
#include <string>

#include "weft/executor/executor.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/resource.h"
#include "weft/hooks/resource_state.h"

namespace {

using State = weft::ResourceState<std::string>;

std::string StateOf(const State& state, const weft::Resource& resource) {
  const std::string* found = state.Get(resource);
  return found == nullptr ? "no state" : *found;
}

}  // namespace

int main() {
  const State state;
  const weft::AsyncHook hook =
      weft::CreateHook({.init = [&](const weft::InitEvent& event) {
        const weft::Resource& running = weft::ExecutionAsyncResource();
        if (const std::string* found = state.Get(running)) {
          state.Set(event.resource(), *found);
        }
      }}).Enable();

  const std::array<std::string, 4> urls = {"/a", "/b", "/c", "/d"};
  std::array<std::string, 4> responses;
  std::string outside;
  {
    weft::Executor executor;
    for (std::size_t i = 0; i < urls.size(); ++i) {
      executor.Post([&, i] {  // a request
        state.Set(weft::ExecutionAsyncResource(), urls[i]);
        executor.Post([&, i] {    // its work
          executor.Post([&, i] {  // and its response
            responses[i] = StateOf(state, weft::ExecutionAsyncResource());
          });
        });
      });
    }
    executor.Post(
        [&] { outside = StateOf(state, weft::ExecutionAsyncResource()); });
  }  // waits for all of it

  bool ok = outside == "no state";
  for (std::size_t i = 0; i < urls.size(); ++i) {
    std::cout << "request " << urls[i] << ": " << responses[i] << '\n';
    ok &= responses[i] == urls[i];
  }
  std::cout << "no request: " << outside << '\n';
  return ok ? 0 : 1;
}
