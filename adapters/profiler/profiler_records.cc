// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/profiler/profiler_records.h"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "weft/adapters/profiler/internal/thread_records.h"

namespace weft {
namespace {

// Throws std::invalid_argument.
void CheckResource(const std::vector<ResourceAttribute>& resource) {
  for (std::size_t i = 0; i < resource.size(); ++i) {
    const std::string& name = resource[i].name;
    if (name.empty()) {
      throw std::invalid_argument(
          "ProfilerRecords: resource[" + std::to_string(i) +
          "] has no name; it must have one, such as service.name");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (resource[j].name != name) continue;
      throw std::invalid_argument("ProfilerRecords: resource[" +
                                  std::to_string(j) + "] and resource[" +
                                  std::to_string(i) + "] are both named " +
                                  name + "; each name must be there once");
    }
  }
}

}  // namespace

ProfilerRecords::ProfilerRecords(ProfilerRecordsOptions options) {
  CheckResource(options.resource);
  profiler_internal::StartRecords(std::move(options.resource), options.trace);
}

ProfilerRecords::~ProfilerRecords() { profiler_internal::StopRecords(); }

ProfilerRecordsStats ProfilerRecords::stats() const noexcept {
  return profiler_internal::RecordStats();
}

}  // namespace weft
