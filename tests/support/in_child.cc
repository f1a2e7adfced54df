// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/support/in_child.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <thread>

#include "gtest/gtest.h"

namespace weft::tests {
namespace {

constexpr unsigned kHangs = 30;  // seconds

int InChildOf(const std::function<void()>& run,
              const std::function<void()>& has_forked) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(kHangs);
    try {
      run();
    } catch (const std::exception& error) {
      ADD_FAILURE() << "thrown: " << error.what();
    }
    _exit(testing::Test::HasFailure() ? kFailed : 0);
  }
  has_forked();
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignal + WTERMSIG(status);
}

// True if the kernel says that the thread sleeps. Does not allocate: the caller
// may be inside operator new.
bool Sleeps(pid_t thread) noexcept {
  std::array<char, 512> text{};
  std::snprintf(text.data(), text.size(), "/proc/self/task/%d/stat", thread);
  const int file = open(text.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t size = read(file, text.data(), text.size() - 1);
  close(file);
  if (size <= 0) return false;
  text[static_cast<std::size_t>(size)] = '\0';
  // The state stands after the name, which is in parentheses.
  const char* const name_end = std::strrchr(text.data(), ')');
  return name_end != nullptr && name_end[1] != '\0' && name_end[2] == 'S';
}

}  // namespace

int InChild(const std::function<void()>& run) {
  return InChildOf(run, [] {});
}

void ForkMeeting::HoldUntilForkWaits() noexcept {
  held_.count_down();
  // [K1]
  while (!has_forked_.load(std::memory_order_acquire)) {
    const pid_t forking = forking_.load(std::memory_order_acquire);
    if (forking != 0 && Sleeps(forking)) return;
    std::this_thread::yield();
  }
}

int ForkMeeting::InChild(const std::function<void()>& holds,
                         const std::function<void()>& run) {
  std::thread holder([&] {
    holds();
    // In the child ThreadSanitizer would not know the thread that joins one
    // that has ended.
    // [K1]
    has_forked_.wait(false, std::memory_order_acquire);
  });
  held_.wait();
  // [K1]
  forking_.store(gettid(), std::memory_order_release);
  const int code = InChildOf(run, [this] {
    has_forked_.store(true, std::memory_order_release);
    has_forked_.notify_one();
  });
  holder.join();
  return code;
}

}  // namespace weft::tests
