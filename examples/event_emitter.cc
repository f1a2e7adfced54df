// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// "Integrating AsyncResource with EventEmitter" in Node's manual: a listener
// that is bound runs in the context of its binding, one that is not in that of
// whoever emits.
//
// Differs from Node's: `AsyncResource::Bind(fn, type)` must be told the type of
// the resource that it makes for the listener; and the request is a resource
// too, to which a listener can be bound without another one.

#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "weft/context/async_local_storage.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"

namespace {

// Knows nothing of Weft.
class EventEmitter {
 public:
  using Listener = std::function<void()>;

  void On(std::string event, Listener listener) {
    listeners_.emplace(std::move(event), std::move(listener));
  }

  // Calls the event's listeners, in the order in which they were added.
  void Emit(const std::string& event) const {
    const auto [begin, end] = listeners_.equal_range(event);
    for (auto it = begin; it != end; ++it) it->second();
  }

 private:
  std::multimap<std::string, Listener> listeners_;
};

// What a listener saw.
struct Call {
  bool operator==(const Call&) const = default;

  std::string listener;
  std::string url;
  weft::AsyncId id;
  weft::AsyncId trigger;
};

}  // namespace

int main() {
  const weft::AsyncLocalStorage<std::string> url;
  std::vector<Call> calls;
  const auto listener = [&](std::string name) {
    return [&, name = std::move(name)] {
      const std::string* store = url.GetStore();
      calls.push_back({name, store == nullptr ? "no request" : *store,
                       weft::ExecutionAsyncId(), weft::TriggerAsyncId()});
    };
  };

  EventEmitter events;
  const weft::AsyncResource connection("CONNECTION");
  const auto [request_id, bound_id] = url.Run("/weft", [&] {
    const weft::AsyncResource request(
        "REQUEST", {.trigger_async_id = connection.async_id()});
    return request.RunInAsyncScope([&] {
      auto bound = weft::AsyncResource::Bind(listener("bound"), "ON_CLOSE");
      const weft::AsyncId id = bound.async_id();
      events.On("close", std::move(bound));
      events.On("close", request.Bind(listener("bound to the request")));
      events.On("close", listener("not bound"));
      return std::pair(request.async_id(), id);
    });
  });

  connection.RunInAsyncScope([&] { events.Emit("close"); });

  for (const Call& call : calls) {
    std::cout << call.listener << ": " << call.url << ", as " << call.id
              << " by " << call.trigger << '\n';
  }
  const std::vector<Call> expected = {
      {"bound", "/weft", bound_id, request_id},
      {"bound to the request", "/weft", request_id, connection.async_id()},
      {"not bound", "no request", connection.async_id(), weft::kMainAsyncId}};
  return calls == expected ? 0 : 1;
}
