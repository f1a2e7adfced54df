// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/process/nats_server.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "weft/examples/process/interruption.h"

namespace examples {
namespace {

constexpr int kAnyPort = -1;  // that is free
constexpr std::chrono::seconds kTimeToStart(20);
constexpr std::chrono::milliseconds kBetweenLooks(5);

// Not every user's PATH has the folder in which Debian puts it.
constexpr char kDebians[] = "/usr/sbin/nats-server";

std::string Program() {
  return access(kDebians, X_OK) == 0 ? kDebians : "nats-server";
}

// The address that the server says it listens on, in a file that it writes when
// it does; empty: not yet.
std::string AddressIn(const std::filesystem::path& file) {
  std::ifstream in(file);
  // What is written in part is no JSON.
  const auto ports = nlohmann::json::parse(in, nullptr, false);
  if (ports.is_discarded()) return "";
  return ports.at("nats").at(0).get<std::string>();
}

int PortOf(const std::string& address) {
  int port = 0;
  if (!absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port)) {
    throw std::runtime_error(
        absl::StrCat("nats-server listens on '", address, "'"));
  }
  return port;
}

}  // namespace

std::string NatsServer::WhyAbsent() {
  return access(kDebians, X_OK) == 0 ? "" : "Debian's nats-server is missing";
}

NatsServer::NatsServer(std::string folder, std::vector<std::string> arguments)
    : folder_(std::move(folder)), arguments_(std::move(arguments)) {
  Start(kAnyPort);
}

bool NatsServer::Kill() {
  process_->Signal(SIGKILL);
  return process_->Wait() == kSignalBase + SIGKILL;
}

void NatsServer::Restart() { Start(port_); }

void NatsServer::Start(int port) {
  std::vector<std::string> arguments = {
      "--addr=127.0.0.1",
      absl::StrCat("--port=", port),
      "--jetstream",
      absl::StrCat("--store_dir=", folder_, "/store"),
      absl::StrCat("--ports_file_dir=", folder_),
      absl::StrCat("--log=", folder_, "/server.log")};
  arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
  const auto give_up = std::chrono::steady_clock::now() + kTimeToStart;
  const auto is_late = [&] {
    return std::chrono::steady_clock::now() > give_up;
  };
  std::string address;
  do {
    process_.emplace(Program(), arguments);
    const std::filesystem::path ports = absl::StrCat(
        folder_, "/", std::filesystem::path(Program()).filename().string(), "_",
        process_->pid(), ".ports");
    while ((address = AddressIn(ports)).empty() && !process_->HasEnded() &&
           !is_late()) {
      std::this_thread::sleep_for(kBetweenLooks);
    }
    // A connection that another program has made may have taken the port of a
    // server that has ended; it is tried again until that has gone.
  } while (address.empty() && port != kAnyPort && !is_late());
  if (address.empty()) {
    throw std::runtime_error(absl::StrCat(
        "nats-server does not start; it is in Debian's package nats-server, "
        "and its log is ",
        folder_, "/server.log"));
  }
  url_ = address;
  port_ = PortOf(address);
}

}  // namespace examples
