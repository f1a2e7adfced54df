// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Two copies of Weft in one process, of which one comes and goes with dlopen(3)
// and dlclose(3): each has contexts of its own, and neither is used after its
// end. The library is the first argument. (dlclose() keeps its code while there
// are threads with thread_local objects of it.)

#include <dlfcn.h>

#include <functional>
#include <latch>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/tests/support/count.h"

namespace weft {
namespace {

const char* library;

using PluginRun = int (*)(const char*);

// 100 turns of a loop, 30 posts, a task of a group and a coroutine.
constexpr int kPluginTasks = 132;

// The library, loaded as long as this lives.
class Plugin {
 public:
  Plugin() : handle_(dlopen(library, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) ADD_FAILURE() << dlerror();
  }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  ~Plugin() {
    if (handle_ != nullptr && dlclose(handle_) != 0) ADD_FAILURE() << dlerror();
  }

  // Returns how many of its tasks ran in `tenant`'s context.
  int Run(const char* tenant) {
    if (handle_ == nullptr) return 0;
    const auto run =
        reinterpret_cast<PluginRun>(dlsym(handle_, "WeftPluginRun"));
    if (run == nullptr) return 0;
    return run(tenant);
  }

 private:
  void* const handle_;
};

TEST(PluginTest, EachCopyHasContextsOfItsOwn) {
  AsyncLocalStorage<std::string> tenant({.name = "tenant"});
  Executor executor({.concurrency = 2});
  tests::Count right;
  Plugin plugin;
  tenant.Run("host", [&] {
    for (int i = 0; i < 5; ++i) {
      executor
          .Submit([&] {
            right.Add(plugin.Run("plugin"));
            EXPECT_EQ(*tenant.GetStore(), "host");
          })
          .Get();
    }
    EXPECT_EQ(*tenant.GetStore(), "host");
  });
  EXPECT_EQ(right.get(), 5 * kPluginTasks);
}

TEST(PluginTest, ACopyComesAndGoes) {
  for (int i = 0; i < 20; ++i) {
    Plugin plugin;
    EXPECT_EQ(plugin.Run("plugin"), kPluginTasks);
  }
}

TEST(PluginTest, ACopyGoesWhileAThreadThatUsedItLives) {
  std::latch used(1);
  std::latch gone(1);
  tests::Count right;
  std::thread thread;
  {
    Plugin plugin;
    thread = std::thread([&] {
      right.Add(plugin.Run("plugin"));
      used.count_down();
      gone.wait();
    });
    used.wait();
  }
  gone.count_down();
  thread.join();
  EXPECT_EQ(right.get(), kPluginTasks);
}

}  // namespace
}  // namespace weft

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) return 2;
  weft::library = argv[1];
  return RUN_ALL_TESTS();
}
