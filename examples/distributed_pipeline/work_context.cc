// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/distributed_pipeline/work_context.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "absl/strings/ascii.h"
#include "weft/context/label.h"
#include "weft/propagation/trace_context.h"

namespace distributed_pipeline {
namespace {

constexpr std::size_t kLongestTenant = 64;

}  // namespace

bool IsTenant(std::string_view text) {
  return !text.empty() && text.size() <= kLongestTenant &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

WorkContext::WorkContext()
    : tenant({.name = "tenant", .label = weft::Visibility::kTrace}) {
  propagator.Add(tenant,
                 {.name = "tenant",
                  .encode = [](const Tenant& name) { return name; },
                  .decode = [](std::string_view text) -> std::optional<Tenant> {
                    if (!IsTenant(text)) return std::nullopt;
                    return Tenant(text);
                  },
                  .limit = kLongestTenant});
}

Tenant WorkContext::CurrentTenant() const {
  const Tenant* const store = tenant.GetStore();
  return store != nullptr ? *store : Tenant();
}

std::string CurrentTraceId() {
  const weft::TraceContext* const trace = weft::TraceContext::Current();
  return trace != nullptr ? trace->trace_id().ToHex() : std::string();
}

}  // namespace distributed_pipeline
