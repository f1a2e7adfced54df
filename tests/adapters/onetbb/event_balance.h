// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Checks of each resource that its events come in order and in pairs.

#ifndef WEFT_TESTS_ADAPTERS_ONETBB_EVENT_BALANCE_H_
#define WEFT_TESTS_ADAPTERS_ONETBB_EVENT_BALANCE_H_

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"

namespace weft::tests {

// Told of the resources whose type begins with "TBB_". Thread-safe.
class EventBalance {
 public:
  struct Life {
    AsyncId id;
    std::string type;
    AsyncId trigger;
    unsigned line;
    int runs;
    bool destroyed;
  };

  EventBalance() { hook_.Enable(); }

  // All that has happened, in the order of init. Fails the test if something is
  // still open, or has come out of order.
  std::vector<Life> Finish() {
    hook_.DisableAndWait();
    const std::lock_guard<std::mutex> lock(mutex_);
    EXPECT_EQ(errors_, "");
    std::vector<Life> lives;
    for (const AsyncId id : order_) {
      const auto& [life, open] = lives_.at(id);
      EXPECT_TRUE(life.destroyed) << life.type << " has no destroy";
      EXPECT_EQ(open, 0) << life.type;
      lives.push_back(life);
    }
    return lives;
  }

 private:
  void OnInit(const InitEvent& event) {
    if (!event.type().starts_with("TBB_")) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    const AsyncId id = event.async_id();
    const AsyncId trigger = event.trigger_async_id();
    if (trigger != ExecutionAsyncId()) errors_ += "trigger is not who made; ";
    if (lives_.contains(id)) errors_ += "two inits; ";
    order_.push_back(id);
    lives_[id] = {{id, std::string(event.type()), trigger, event.where().line(),
                   0, false},
                  0};
  }
  template <typename Fn>
  void OnEvent(const ResourceEvent& event, const Fn& fn) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = lives_.find(event.async_id());
    if (found == lives_.end()) return;
    if (found->second.life.destroyed) errors_ += "an event after destroy; ";
    fn(found->second);
  }

  struct Entry {
    Life life;
    int open;
  };
  std::mutex mutex_;  // guards all below but the hook
  std::map<AsyncId, Entry> lives_;
  std::vector<AsyncId> order_;
  std::string errors_;
  AsyncHook hook_ =
      CreateHook({.init = [this](const InitEvent& event) { OnInit(event); },
                  .before =
                      [this](const BeforeEvent& event) {
                        OnEvent(event, [&](Entry& entry) {
                          if (ExecutionAsyncId() != event.async_id()) {
                            errors_ += "before elsewhere; ";
                          }
                          ++entry.open;
                          ++entry.life.runs;
                        });
                      },
                  .after =
                      [this](const AfterEvent& event) {
                        OnEvent(event, [&](Entry& entry) {
                          if (ExecutionAsyncId() != event.async_id()) {
                            errors_ += "after elsewhere; ";
                          }
                          if (--entry.open < 0) {
                            errors_ += "after without before; ";
                          }
                        });
                      },
                  .destroy =
                      [this](const DestroyEvent& event) {
                        OnEvent(event, [&](Entry& entry) {
                          if (entry.open != 0) {
                            errors_ += "destroy inside a run; ";
                          }
                          entry.life.destroyed = true;
                        });
                      }});
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_ADAPTERS_ONETBB_EVENT_BALANCE_H_
