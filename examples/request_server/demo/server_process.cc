// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/demo/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace request_server {

namespace {

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
    process_.emplace(examples::kThisProgram, flags, pipe_ends[1]);
  }
  port_ = PortOf(ReadLine());
  if (port_ != 0) return;
  Stop();
  throw std::runtime_error("the second server does not listen");
}

ServerProcess::~ServerProcess() { Stop(); }

bool ServerProcess::Stop() {
  process_->Signal(SIGTERM);
  while (!ReadLine().empty()) {
  }
  return process_->Wait() == EXIT_SUCCESS;
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
