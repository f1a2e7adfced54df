// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "weft/benchmarks/workloads/nats_jobs/nats_jobs.h"
#include "weft/examples/process/nats_server.h"

namespace weft::benchmarks::nats_jobs {
namespace {

// A server, and the folder that goes with it.
class Server {
 public:
  Server() : server_(NewFolder()) {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    server_.Kill();
    std::error_code ignored;
    std::filesystem::remove_all(server_.folder(), ignored);
  }
  const std::string& url() const { return server_.url(); }

 private:
  static std::string NewFolder() {
    std::string path =
        std::filesystem::temp_directory_path() / "weft-benchmark-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      throw std::runtime_error("cannot make a temporary folder");
    }
    return path;
  }

  examples::NatsServer server_;
};

}  // namespace

std::string WhyAbsent() { return examples::NatsServer::WhyAbsent(); }

const std::string& ServerUrl() {
  static const Server server;
  return server.url();
}

std::string PayloadOf(int number) {
  std::string payload = std::to_string(number);
  payload.resize(kPayloadBytes, '.');
  return payload;
}

std::string ResultOf(const std::string& payload) {
  return {payload.rbegin(), payload.rend()};
}

}  // namespace weft::benchmarks::nats_jobs
