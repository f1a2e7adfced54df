// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/json/json_job_codec.h"

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/jobs/errors.h"
#include "weft/jobs/in_process.h"
#include "weft/jobs/job_queue.h"
#include "weft/jobs/job_type.h"
#include "weft/jobs/job_worker.h"
#include "weft/propagation/propagator.h"

namespace shop {

struct Order {
  std::string customer;
  std::vector<int> items;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Order, customer, items)

}  // namespace shop

template <>
inline constexpr bool weft::json::kCrossesAsJson<shop::Order> = true;

namespace weft::jobs {
namespace {

using nlohmann::json;
using shop::Order;
using testing::AllOf;
using testing::HasSubstr;

constexpr JobType<Order, json> kBill("bill");

std::string ReasonOf(const std::function<void()>& fn) {
  try {
    fn();
  } catch (const NotWorthRetryingError& error) {
    return error.what();
  }
  return "none";
}

TEST(JsonJobCodecTest, AValueIsItsText) {
  const std::string text =
      JobCodec<Order>::Encode({"Ada \"\\\n\u00e4", {1, 2}});
  EXPECT_EQ(text, "{\"customer\":\"Ada \\\"\\\\\\n\u00e4\",\"items\":[1,2]}");
  const Order order = JobCodec<Order>::Decode(text);
  EXPECT_EQ(order.customer, "Ada \"\\\n\u00e4");
  EXPECT_EQ(order.items, (std::vector<int>{1, 2}));
  EXPECT_EQ(JobCodec<json>::Decode(" [1.5, null] "), json({1.5, nullptr}));
}

TEST(JsonJobCodecTest, WhatIsNoneIsNotWorthRetrying) {
  for (const char* const text :
       {"", "{", "[]", "{}", "{\"customer\":1,\"items\":[]}",
        "{\"customer\":\"\",\"items\":[\"x\"]}", "{\"customer\":\"\xff\"}",
        "{\"customer\":\"a\",\"items\":[]} x"}) {
    EXPECT_THAT(ReasonOf([&] { JobCodec<Order>::Decode(text); }),
                HasSubstr("not the JSON of the type: [json.exception."))
        << text;
  }
  EXPECT_THAT(ReasonOf([] { JobCodec<Order>::Encode({"\xff", {}}); }),
              AllOf(HasSubstr("no form in JSON"), HasSubstr("UTF-8")));
}

// What is nested so deep that it would overflow a stack is refused.
TEST(JsonJobCodecTest, DeepTextsAreRefused) {
  const auto nested = [](int depth) {
    const auto size = static_cast<std::size_t>(depth);
    return std::string(size, '[') + std::string(size, ']');
  };
  EXPECT_NO_THROW(JobCodec<json>::Decode(nested(200)));
  for (const int depth : {201, 200'000}) {
    EXPECT_THAT(ReasonOf([&] { JobCodec<json>::Decode(nested(depth)); }),
                HasSubstr("nested deeper than 200"));
  }
}

// A job's way there and back; a dead letter is to be read.
TEST(JsonJobCodecTest, JobsCrossAsJson) {
  Executor executor({.concurrency = 2});
  InProcess engine(executor);
  const Propagator propagator;
  JobWorker worker(engine, executor, propagator, {.max_in_flight = 2});
  worker.Handle(kBill, [](const Order& order) {
    if (order.items.empty()) throw NotWorthRetryingError("nothing to pay");
    return json{{"pays", order.customer}, {"items", order.items.size()}};
  });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  EXPECT_EQ(queue.Submit(kBill, {"ada", {7, 8}}).Get(),
            json({{"pays", "ada"}, {"items", 2}}));
  EXPECT_THROW(queue.Submit(kBill, {"bob", {}}).Get(), JobFailedError);
  constexpr JobType<std::string, std::string> kMalformed("bill");
  EXPECT_THROW(queue.Submit(kMalformed, "{").Get(), JobFailedError);
  const std::vector<DeadLetter> dead = engine.TakeDeadLetters(10);
  ASSERT_EQ(dead.size(), 2u);
  EXPECT_EQ(dead[0].job.payload, "{\"customer\":\"bob\",\"items\":[]}");
  EXPECT_THAT(dead[1].reason, HasSubstr("not the JSON of the type"));
}

}  // namespace
}  // namespace weft::jobs
