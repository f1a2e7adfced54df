// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Looks into another process as a profiler does: stops its threads one by one,
// wherever they are, and reads on whose behalf they work.

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/tests/adapters/profiler/record_reader.h"

extern char** environ;

namespace weft {
namespace {

using tests::ProcessReader;
using tests::PublishedProcess;
using tests::PublishedRecord;
using tests::TlsSymbol;

// Runs profiled_process; its input ends with this object.
class Profiled {
 public:
  explicit Profiled(int workers) {
    int input[2], output[2];
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) {
      throw std::runtime_error("no pipe");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], 0);
    posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    const std::string path = std::string(std::getenv("TEST_SRCDIR")) + "/" +
                             std::getenv("TEST_WORKSPACE") +
                             "/tests/adapters/profiler/profiled_process";
    const std::string count = std::to_string(workers);
    char* const arguments[] = {const_cast<char*>(path.c_str()),
                               const_cast<char*>(count.c_str()), nullptr};
    const int error =
        posix_spawn(&pid_, path.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(input[0]);
    close(output[1]);
    input_ = input[1];
    if (error != 0) throw std::runtime_error(path + ": does not start");
    // Its first line.
    std::string line;
    for (char c = 0; c != '\n' && read(output[0], &c, 1) == 1;) line += c;
    close(output[0]);
    if (line != "ready\n") throw std::runtime_error("it says " + line);
  }
  ~Profiled() {
    if (input_ >= 0) End();
  }
  Profiled(const Profiled&) = delete;
  Profiled& operator=(const Profiled&) = delete;

  // Returns what it ends with.
  int End() {
    close(input_);
    input_ = -1;
    int status = -1;
    while (waitpid(pid_, &status, __WALL) == pid_ && WIFSTOPPED(status)) {
      ptrace(PTRACE_CONT, pid_, nullptr, nullptr);
    }
    return status;
  }

  // Makes it show a label with a new name.
  void AddName() {
    if (write(input_, "+", 1) != 1) throw std::runtime_error("it has ended");
  }

  pid_t pid() const { return pid_; }
  // Returns its threads that are not asleep.
  std::vector<pid_t> Threads() const {
    std::vector<pid_t> threads;
    DIR* const folder =
        opendir(("/proc/" + std::to_string(pid_) + "/task").c_str());
    if (folder == nullptr) return threads;
    while (const dirent* const entry = readdir(folder)) {
      const pid_t tid = std::atoi(entry->d_name);
      if (tid > 0 && IsRunning(tid)) threads.push_back(tid);
    }
    closedir(folder);
    return threads;
  }

 private:
  bool IsRunning(pid_t tid) const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/task/" +
                       std::to_string(tid) + "/stat");
    std::string line;
    std::getline(file, line);
    // The state stands behind the name, which is in parentheses.
    const std::size_t name = line.rfind(')');
    return name != line.npos && line.compare(name, 3, ") R") == 0;
  }

  pid_t pid_ = 0;
  int input_ = -1;
};

// Stops a thread of another process for the life of the object.
class StoppedThread {
 public:
  explicit StoppedThread(pid_t tid) : tid_(tid) {
    if (ptrace(PTRACE_SEIZE, tid, nullptr, nullptr) != 0) return;
    if (ptrace(PTRACE_INTERRUPT, tid, nullptr, nullptr) != 0) return;
    int status = 0;
    if (waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status)) return;
    stopped_ = true;
  }
  ~StoppedThread() {
    if (stopped_) ptrace(PTRACE_DETACH, tid_, nullptr, nullptr);
  }
  StoppedThread(const StoppedThread&) = delete;
  StoppedThread& operator=(const StoppedThread&) = delete;

  // Returns the address of its control block; nothing if it has ended.
  std::optional<std::uint64_t> Base() const {
    if (!stopped_) return std::nullopt;
    user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, tid_, nullptr, &registers) != 0) {
      return std::nullopt;
    }
    return registers.fs_base;
  }

 private:
  const pid_t tid_;
  bool stopped_ = false;
};

class ProfilerReaderTest : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Workers, ProfilerReaderTest, testing::Values(1, 2, 8));

// Whenever a thread is stopped in the midst of a request's work, its record is
// that of the request.
TEST_P(ProfilerReaderTest, ThreadsBearTheRecordOfWhatTheyDo) {
  Profiled profiled(GetParam());
  const ProcessReader reader(profiled.pid());
  const std::optional<TlsSymbol> record_symbol =
      reader.FindTls("otel_thread_ctx_v1");
  const std::optional<TlsSymbol> expectation_symbol =
      reader.FindTls("profiled_expectation");
  ASSERT_TRUE(record_symbol.has_value());
  ASSERT_TRUE(expectation_symbol.has_value());

  std::uint64_t at_work = 0;
  std::set<std::uint64_t> requests;
  std::set<std::uint64_t> published;
  std::optional<PublishedProcess> process = reader.ReadProcess();
  ASSERT_TRUE(process.has_value());
  const auto at = [](std::uint64_t base, const TlsSymbol& symbol) {
    return base + static_cast<std::uint64_t>(symbol.offset);
  };
  // A busy machine stops a thread late.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(100);
  while ((at_work < 100 || requests.size() < 20 || published.size() < 3) &&
         std::chrono::steady_clock::now() < end) {
    for (const pid_t tid : profiled.Threads()) {
      std::uint64_t expectation = 0;
      std::uint64_t address = 0;
      std::optional<PublishedRecord> record;
      {
        const StoppedThread stopped(tid);
        const std::optional<std::uint64_t> base = stopped.Base();
        if (!base.has_value()) continue;
        if (!reader.Read(at(*base, *expectation_symbol), &expectation, 8) ||
            !reader.Read(at(*base, *record_symbol), &address, 8)) {
          continue;
        }
        try {
          record = reader.ReadRecord(address, process->keys);
        } catch (const tests::UnknownKey&) {
          process = reader.ReadProcess();
          ASSERT_TRUE(process.has_value());
          record = reader.ReadRecord(address, process->keys);
        }
      }
      if (record.has_value()) {
        EXPECT_EQ(record->labels.count("password"), 0u);
      }
      if (expectation == 0) continue;
      if (++at_work % 10 == 0) {
        profiled.AddName();
        process = reader.ReadProcess();
        ASSERT_TRUE(process.has_value());
      }
      published.insert(process->published);
      requests.insert(expectation);
      ASSERT_TRUE(record.has_value()) << "while it works on " << expectation;
      char trace[33];
      std::snprintf(trace, sizeof(trace), "%032llx",
                    static_cast<unsigned long long>(expectation));
      ASSERT_EQ(*record,
                (PublishedRecord{trace,
                                 trace + 16,
                                 3,
                                 {{"request", std::to_string(expectation)}}}));
    }
  }
  EXPECT_GE(at_work, 100u);
  EXPECT_GE(requests.size(), 20u);
  // Names were added, and told, while it was read.
  EXPECT_GE(published.size(), 3u);
  EXPECT_EQ(process->schema, "tlsdesc_v1_dev");
  EXPECT_EQ(process->resource,
            (std::map<std::string, std::string>{{"service.name", "profiled"}}));
  const int status = profiled.End();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace weft
