// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef WEFT_EXAMPLES_PROCESS_CHILD_PROCESS_H_
#define WEFT_EXAMPLES_PROCESS_CHILD_PROCESS_H_

#include <sys/types.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

namespace examples {

// The program that runs, as one to be started.
inline constexpr char kThisProgram[] = "/proc/self/exe";

// ChildProcess
//
// A program that this one has started. Ctrl-C in the terminal does not reach
// it; SIGTERM does when the thread that has started it ends, however that is.
//
// Thread-safety: owner-only.
class ChildProcess {
 public:
  // Starts the program, which is looked for as a shell does; what it writes to
  // standard output and standard error goes to these descriptors. Throws
  // std::runtime_error if there can be no further process. A program that is
  // not there ends with the exit status 127.
  ChildProcess(const std::string& program,
               const std::vector<std::string>& arguments,
               int output = STDOUT_FILENO, int errors = STDERR_FILENO);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  // Kills it if it runs.
  ~ChildProcess();

  pid_t pid() const noexcept { return pid_; }

  // Sends it the signal, unless it has ended.
  void Signal(int signal);

  bool HasEnded();

  // Waits until it has ended. Returns its exit status; kSignalBase
  // (interruption.h) and the signal's number if one has ended it. May be called
  // again.
  int Wait();

 private:
  // Asks the system, if that is not known, whether it has ended.
  void Look(int options);

  const pid_t pid_;
  std::optional<int> status_;  // once it has ended
};

}  // namespace examples

#endif  // WEFT_EXAMPLES_PROCESS_CHILD_PROCESS_H_
