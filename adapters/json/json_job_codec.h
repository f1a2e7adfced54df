// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/json/json_job_codec.h
// -----------------------------------------------------------------------------
//
// The arguments and results of jobs cross as JSON, by nlohmann's library: for
// handlers in other languages, and for dead letters that people read.
//
// A type crosses as JSON if the library can convert it and `kCrossesAsJson` is
// true for it:
//
//   struct Order {
//     std::string customer;
//     std::vector<int> items;
//   };
//   NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Order, customer, items)
//   template <>
//   inline constexpr bool weft::json::kCrossesAsJson<Order> = true;
//
//   inline constexpr weft::jobs::JobType<Order, nlohmann::json> kBill("bill");
//
// `nlohmann::json` itself crosses so too.

#ifndef WEFT_ADAPTERS_JSON_JSON_JOB_CODEC_H_
#define WEFT_ADAPTERS_JSON_JSON_JOB_CODEC_H_

#include <string>
#include <string_view>

#include "nlohmann/json.hpp"
#include "weft/jobs/errors.h"
#include "weft/jobs/job_type.h"

namespace weft::json {

// True for a type that crosses as JSON.
template <typename T>
inline constexpr bool kCrossesAsJson = false;
template <>
inline constexpr bool kCrossesAsJson<nlohmann::json> = true;

// How deep arrays and objects may lie inside each other in what arrives: the
// library copies and destroys some values by recursion.
inline constexpr int kMaxDepth = 200;

}  // namespace weft::json

namespace weft::jobs {

// A type that crosses as JSON.
//
// Cost: the text is made and read by nlohmann's library, whose tree of values
// is in between.
template <typename T>
  requires weft::json::kCrossesAsJson<T>
struct JobCodec<T> {
  // Returns the text, without blanks. Throws NotWorthRetryingError, which says
  // why, if there is none: a string in there is not UTF-8, for instance.
  static std::string Encode(const T& value) {
    try {
      return nlohmann::json(value).dump();
    } catch (const nlohmann::json::exception& error) {
      throw NotWorthRetryingError(
          std::string("JobCodec: a value has no form in JSON: ") +
          error.what());
    }
  }
  // Returns the value of this text. Throws NotWorthRetryingError, which says
  // why, if it is no JSON, nested deeper than kMaxDepth, or not that of a `T`.
  static T Decode(std::string_view bytes) {
    using Event = nlohmann::json::parse_event_t;
    const auto check_depth = [](int depth, Event event, const auto&) {
      const bool begins =
          event == Event::array_start || event == Event::object_start;
      if (!begins || depth < weft::json::kMaxDepth) return true;
      throw NotWorthRetryingError("JobCodec: JSON is nested deeper than " +
                                  std::to_string(weft::json::kMaxDepth));
    };
    try {
      return nlohmann::json::parse(bytes.begin(), bytes.end(), check_depth)
          .template get<T>();
    } catch (const nlohmann::json::exception& error) {
      throw NotWorthRetryingError(
          std::string("JobCodec: these bytes are not the JSON of the type: ") +
          error.what());
    }
  }
};

}  // namespace weft::jobs

#endif  // WEFT_ADAPTERS_JSON_JSON_JOB_CODEC_H_
