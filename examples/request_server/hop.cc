// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/hop.h"

#include <chrono>
#include <stdexcept>

#include "nlohmann/json.hpp"
#include "weft/context/async_local_storage.h"
#include "weft/context/deadline.h"
#include "weft/examples/request_server/thread_name.h"
#include "weft/hooks/execution.h"
#include "weft/propagation/baggage.h"
#include "weft/propagation/dropped.h"
#include "weft/propagation/trace_context.h"

namespace request_server {

// Found by the JSON library. Ordered: keys come out as they are written here.
static void to_json(nlohmann::ordered_json& json, const Hop& hop) {
  json = {{"hop", hop.name},
          {"request_id", hop.request_id},
          {"tenant", hop.tenant},
          {"baggage", hop.baggage},
          {"trace_id", hop.trace_id},
          {"time_left_ms", hop.time_left_ms},
          {"thread", hop.thread},
          {"execution_async_id", hop.execution_async_id},
          {"trigger_async_id", hop.trigger_async_id}};
}

static void from_json(const nlohmann::ordered_json& json, Hop& hop) {
  json.at("hop").get_to(hop.name);
  json.at("request_id").get_to(hop.request_id);
  json.at("tenant").get_to(hop.tenant);
  json.at("baggage").get_to(hop.baggage);
  json.at("trace_id").get_to(hop.trace_id);
  json.at("time_left_ms").get_to(hop.time_left_ms);
  json.at("thread").get_to(hop.thread);
  json.at("execution_async_id").get_to(hop.execution_async_id);
  json.at("trigger_async_id").get_to(hop.trigger_async_id);
}

static std::string StoreOf(
    const weft::AsyncLocalStorage<std::string>& storage) {
  const std::string* const store = storage.GetStore();
  return store != nullptr ? *store : std::string();
}

static std::int64_t TimeLeft() {
  const weft::Deadline deadline = weft::Deadline::Current();
  if (deadline.is_never()) return -1;
  return std::chrono::floor<std::chrono::milliseconds>(deadline.remaining())
      .count();
}

Hop HopHere(std::string_view name, const RequestContext& context) {
  const weft::TraceContext* const trace = weft::TraceContext::Current();
  weft::Dropped ignored;
  return {.name = std::string(name),
          .request_id = StoreOf(context.request_id),
          .tenant = StoreOf(context.tenant),
          .baggage = weft::Baggage::CurrentOrEmpty().ToString(ignored),
          .trace_id = trace != nullptr ? trace->trace_id().ToHex() : "",
          .time_left_ms = TimeLeft(),
          .thread = ThreadName(),
          .execution_async_id = weft::ExecutionAsyncId(),
          .trigger_async_id = weft::TriggerAsyncId()};
}

std::string HopsToJson(const std::vector<Hop>& hops) {
  std::string json;  // a line for each hop
  for (const Hop& hop : hops) {
    json += json.empty() ? "[\n  " : ",\n  ";
    json += nlohmann::ordered_json(hop).dump();
  }
  return json.empty() ? "[]\n" : json + "\n]\n";
}

std::vector<Hop> HopsFromJson(std::string_view json) {
  try {
    return nlohmann::ordered_json::parse(json).get<std::vector<Hop>>();
  } catch (const nlohmann::json::exception& error) {
    throw std::invalid_argument(error.what());
  }
}

}  // namespace request_server
