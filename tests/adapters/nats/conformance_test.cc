// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What every engine promises, of the one on NATS.

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/adapters/nats/server.h"
#include "tests/jobs/engine_conformance.h"
#include "weft/adapters/nats/engine.h"
#include "weft/adapters/nats/engine_options.h"
#include "weft/executor/executor.h"

namespace weft::jobs {
namespace {

// Returns an engine with a queue of its own.
std::unique_ptr<Engine> MakeEngine(Executor&) {
  static tests::NatsServer server;
  static int queues = 0;
  return std::make_unique<nats::Engine>(
      nats::EngineOptions{.servers = server.url(),
                          .queue = "q" + std::to_string(++queues),
                          .set_up = nats::SetUp::kCreate});
}

INSTANTIATE_TEST_SUITE_P(Nats, EngineConformance,
                         testing::ValuesIn(CasesOf("nats", MakeEngine)),
                         [](const auto& it) { return it.param.name; });

}  // namespace
}  // namespace weft::jobs
