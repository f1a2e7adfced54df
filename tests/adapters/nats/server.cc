// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/adapters/nats/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace weft::tests {

namespace {

constexpr char kProgram[] = "/usr/sbin/nats-server";

[[noreturn]] void Fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::string NewFolder() {
  const char* const base = std::getenv("TEST_TMPDIR");
  std::string name =
      std::string(base != nullptr ? base : "/tmp") + "/nats-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) Fail("mkdtemp");
  return name;
}

// Returns one that was free a moment ago.
int FreePort() {
  const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (socket_fd < 0 || bind(socket_fd, any, size) != 0 ||
      getsockname(socket_fd, any, &size) != 0) {
    Fail("a port");
  }
  close(socket_fd);
  return ntohs(address.sin_port);
}

}  // namespace

NatsServer::NatsServer(std::vector<std::string> arguments)
    : arguments_(std::move(arguments)),
      folder_(NewFolder()),
      port_(FreePort()) {
  Start();
}

NatsServer::~NatsServer() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void NatsServer::Start() {
  std::vector<std::string> words = {kProgram, "-js",
                                    "-a",     "127.0.0.1",
                                    "-p",     std::to_string(port_),
                                    "-sd",    folder_ + "/data",
                                    "-l",     folder_ + "/log"};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ < 0) Fail("fork");
  if (process_ == 0) {
    // It goes with the test, however that ends.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent) execv(kProgram, pointers.data());
    _exit(127);
  }
}

void NatsServer::Kill() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

void NatsServer::Freeze() const { kill(process_, SIGSTOP); }

void NatsServer::Thaw() const { kill(process_, SIGCONT); }

std::string NatsServer::url() const {
  return "nats://127.0.0.1:" + std::to_string(port_);
}

}  // namespace weft::tests
