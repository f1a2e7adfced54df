// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/adapters/nats/server.h"

#include <signal.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace weft::tests {

namespace {

std::string NewFolder() {
  const char* const base = std::getenv("TEST_TMPDIR");
  std::string name =
      std::string(base != nullptr ? base : "/tmp") + "/nats-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "mkdtemp");
  }
  return name;
}

}  // namespace

NatsServer::NatsServer(std::vector<std::string> arguments)
    : server_(NewFolder(), std::move(arguments)) {}

NatsServer::~NatsServer() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder(), ignored);
}

void NatsServer::Kill() { server_.Kill(); }

void NatsServer::Start() { server_.Restart(); }

void NatsServer::Freeze() { server_.Signal(SIGSTOP); }

void NatsServer::Thaw() { server_.Signal(SIGCONT); }

}  // namespace weft::tests
