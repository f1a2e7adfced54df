// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/hop.h"

#include <stdexcept>

#include "nlohmann/json.hpp"
#include "weft/examples/request_server/thread_name.h"
#include "weft/hooks/execution.h"

namespace request_server {

// Found by the JSON library. Ordered: keys come out as they are written here.
static void to_json(nlohmann::ordered_json& json, const Hop& hop) {
  json = {{"hop", hop.name},
          {"request_id", hop.request_id},
          {"thread", hop.thread},
          {"execution_async_id", hop.execution_async_id},
          {"trigger_async_id", hop.trigger_async_id}};
}

static void from_json(const nlohmann::ordered_json& json, Hop& hop) {
  json.at("hop").get_to(hop.name);
  json.at("request_id").get_to(hop.request_id);
  json.at("thread").get_to(hop.thread);
  json.at("execution_async_id").get_to(hop.execution_async_id);
  json.at("trigger_async_id").get_to(hop.trigger_async_id);
}

Hop HopHere(std::string_view name, const RequestIdStorage& request_id) {
  const RequestId* const id = request_id.GetStore();
  return {.name = std::string(name),
          .request_id = id != nullptr ? *id : std::string(),
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
