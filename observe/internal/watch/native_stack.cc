// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/watch/native_stack.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace weft::observe_internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// More than a deep stack has; what comes behind is left out.
constexpr std::size_t kMostBytes = 64 * 1024;

std::string No(const std::string& why) {
  return "no native stack: " + why + '\n';
}
std::string No(const std::string& what, int error) {
  return No(what + ": " + std::generic_category().message(error));
}

// A descriptor that no child inherits unless it is told to.
class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { Set(-1); }

  int get() const noexcept { return number_; }
  void Set(int number) noexcept {
    if (number_ >= 0) static_cast<void>(close(number_));
    number_ = number;
  }

 private:
  int number_ = -1;
};

// Allows that process, and no other child, to trace this one, where the system
// asks for that (Yama), while it exists.
class TracerScope {
 public:
  explicit TracerScope(pid_t tracer) noexcept {
    static_cast<void>(prctl(PR_SET_PTRACER, tracer, 0, 0, 0));
  }
  TracerScope(const TracerScope&) = delete;
  TracerScope& operator=(const TracerScope&) = delete;
  ~TracerScope() { static_cast<void>(prctl(PR_SET_PTRACER, 0, 0, 0, 0)); }
};

// The program, which waits for a line at its input before it begins: it must
// not before it may trace this process.
class Child {
 public:
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    static_cast<void>(kill(pid_, SIGKILL));
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  // Returns 0, or the error.
  int Start(const std::string& program, int thread) {
    std::array<int, 2> ends{};
    // A socket: to write where nobody reads any more raises no signal.
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      return errno;
    }
    ours_.Set(ends[0]);
    theirs_.Set(ends[1]);
    posix_spawn_file_actions_t actions;
    if (const int error = posix_spawn_file_actions_init(&actions)) return error;
    for (const int number : {0, 1, 2}) {
      posix_spawn_file_actions_adddup2(&actions, theirs_.get(), number);
    }
    const std::string id = std::to_string(thread);
    std::array<std::string, 6> arguments{
        "/bin/sh", "-c", "read -r go && exec \"$0\" -1 -p \"$1\"",
        program,   id,   {}};
    std::array<char*, 6> argv{};
    for (std::size_t i = 0; i < 5; ++i) argv[i] = arguments[i].data();
    // Nothing else of the environment: DEBUGINFOD_URLS would have it ask
    // servers.
    const char* const path = std::getenv("PATH");
    std::string own_path =
        std::string("PATH=") + (path != nullptr ? path : "/usr/bin:/bin");
    std::array<char*, 2> environment{own_path.data(), nullptr};
    const int error = posix_spawn(&pid_, "/bin/sh", &actions, nullptr,
                                  argv.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) pid_ = 0;
    theirs_.Set(-1);
    return error;
  }

  pid_t pid() const noexcept { return pid_; }
  void Begin() noexcept {
    static_cast<void>(send(ours_.get(), "\n", 1, MSG_NOSIGNAL));
  }
  // Reads what it prints to `text`. Returns false if it has not ended in time.
  bool Read(steady_clock::time_point until, std::string& text) {
    std::array<char, 4096> part;
    for (;;) {
      const auto left =
          std::chrono::duration_cast<milliseconds>(until - steady_clock::now());
      pollfd ready{ours_.get(), POLLIN, 0};
      const int found = poll(
          &ready, 1, static_cast<int>(std::max(left, milliseconds(0)).count()));
      if (found < 0 && errno == EINTR) continue;
      if (found <= 0) return false;
      const ssize_t count = read(ours_.get(), part.data(), part.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return true;
      const std::size_t room = kMostBytes - text.size();
      text.append(part.data(), std::min(room, static_cast<std::size_t>(count)));
    }
  }

 private:
  pid_t pid_ = 0;
  Descriptor ours_;
  Descriptor theirs_;
};

}  // namespace

std::string NativeStackOf(int thread, const std::string& program,
                          milliseconds at_most) {
  const steady_clock::time_point until = steady_clock::now() + at_most;
  Child child;
  if (const int error = child.Start(program, thread); error != 0) {
    return No("/bin/sh", error);
  }
  const TracerScope may_trace(child.pid());
  child.Begin();
  std::string text;
  if (!child.Read(until, text)) {
    return No(program + " has taken longer than " +
              std::to_string(at_most.count()) + " ms");
  }
  std::string frames;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    if (text[at] == '#') frames.append(text, at, end - at) += '\n';
    at = end + 1;
  }
  if (frames.empty()) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return No(program + (text.empty() ? " has printed nothing" : ": " + text));
  }
  return frames;
}

}  // namespace weft::observe_internal
