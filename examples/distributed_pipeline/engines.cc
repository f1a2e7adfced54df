// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/distributed_pipeline/engines.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "weft/adapters/nats/engine.h"
#include "weft/adapters/nats/engine_options.h"
#include "weft/examples/printable.h"
#include "weft/jobs/in_process.h"

namespace distributed_pipeline {

bool IsEngine(std::string_view name) {
  constexpr std::string_view kNats = "nats://";
  return name == kInProcess ||
         (name.starts_with(kNats) && name.size() > kNats.size());
}

std::unique_ptr<weft::jobs::Engine> MakeEngine(const std::string& name,
                                               weft::Executor& executor) {
  if (name == kInProcess) {
    return std::make_unique<weft::jobs::InProcess>(executor);
  }
  weft::nats::EngineOptions options;
  options.servers = name;
  options.queue = "files";
  options.set_up = weft::nats::SetUp::kCreate;
  options.on_trouble = [](const std::string& what) {
    std::cerr << absl::StrCat(
        "distributed_pipeline: ", examples::Printable(what), "\n");
  };
  return std::make_unique<weft::nats::Engine>(options);
}

}  // namespace distributed_pipeline
