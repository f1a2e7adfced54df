// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/demo/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace request_server {

namespace {

// Runs this program with its standard output at the end of a pipe.
pid_t Start(const std::vector<std::string>& flags, int output) {
  std::vector<std::string> texts = {"request_server"};
  texts.insert(texts.end(), flags.begin(), flags.end());
  std::vector<char*> arguments;
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // whoever started it may be killed
    dup2(output, STDOUT_FILENO);
    execv("/proc/self/exe", arguments.data());
    _exit(EXIT_FAILURE);
  }
  if (pid < 0) throw std::runtime_error("cannot start a second server");
  return pid;
}

// Of "listening on http://127.0.0.1:8080/hops, ..."; 0: none.
std::uint16_t PortOf(const std::string& line) {
  constexpr std::string_view kStart = "http://127.0.0.1:";
  std::uint16_t port = 0;
  const std::size_t start = line.find(kStart);
  if (start != std::string::npos) {
    const char* const text = line.data() + start + kStart.size();
    std::from_chars(text, line.data() + line.size(), port);
  }
  return port;
}

}  // namespace

ServerProcess::ServerProcess(const std::vector<std::string>& flags) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("cannot make a pipe");
  }
  output_.reset(fdopen(pipe_ends[0], "r"));
  {
    // Closed, so that what is read ends with the process.
    const File input(fdopen(pipe_ends[1], "w"));
    pid_ = Start(flags, pipe_ends[1]);
  }
  port_ = PortOf(ReadLine());
  if (port_ != 0) return;
  Stop();
  throw std::runtime_error("the second server does not listen");
}

ServerProcess::~ServerProcess() { Stop(); }

bool ServerProcess::Stop() {
  if (pid_ == -1) return is_good_;
  kill(pid_, SIGTERM);
  while (!ReadLine().empty()) {
  }
  int status = 0;
  is_good_ = waitpid(pid_, &status, 0) == pid_ && WIFEXITED(status) &&
             WEXITSTATUS(status) == 0;
  pid_ = -1;
  return is_good_;
}

std::string ServerProcess::ReadLine() const {
  std::string line;
  for (int c = 0; (c = std::fgetc(output_.get())) != EOF;) {
    line += static_cast<char>(c);
    if (c == '\n') break;
  }
  return line;
}

}  // namespace request_server
