// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/process/child_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "weft/examples/process/interruption.h"

namespace examples {
namespace {

constexpr int kCannotRun = 127;  // as shells report it

pid_t Start(const std::string& program,
            const std::vector<std::string>& arguments, int output, int errors) {
  std::vector<std::string> texts = {program};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    // No other thread is left, so nothing here may wait for one.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execvp(program.c_str(), pointers.data());
    _exit(kCannotRun);
  }
  if (pid < 0) throw std::runtime_error(absl::StrCat("cannot start ", program));
  return pid;
}

}  // namespace

ChildProcess::ChildProcess(const std::string& program,
                           const std::vector<std::string>& arguments,
                           int output, int errors)
    : pid_(Start(program, arguments, output, errors)) {}

ChildProcess::~ChildProcess() {
  Signal(SIGKILL);
  Wait();
}

void ChildProcess::Signal(int signal) {
  // Until it has been waited for its number is nobody else's.
  if (!HasEnded()) kill(pid_, signal);
}

bool ChildProcess::HasEnded() {
  Look(WNOHANG);
  return status_.has_value();
}

int ChildProcess::Wait() {
  Look(0);
  return status_.value();
}

void ChildProcess::Look(int options) {
  if (status_) return;
  int status = 0;
  pid_t ended = 0;
  do {
    ended = waitpid(pid_, &status, options);
  } while (ended < 0 && errno == EINTR);
  if (ended != pid_) return;
  status_ =
      WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
}

}  // namespace examples
