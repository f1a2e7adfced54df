// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Messages of protobuf as what jobs are given and return. The messages are
// those that its library brings, so nothing is generated here.

#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/struct.pb.h"
#include "gtest/gtest.h"
#include "tests/jobs/job_fixture.h"
#include "weft/jobs/errors.h"
#include "weft/jobs/in_process.h"
#include "weft/jobs/job_queue.h"
#include "weft/jobs/job_type.h"
#include "weft/jobs/job_worker.h"

namespace weft::jobs {
namespace {

using google::protobuf::Struct;
// It has two required fields, `name_part` and `is_extension`.
using NamePart = google::protobuf::UninterpretedOption::NamePart;
using testing::AllOf;
using testing::HasSubstr;

constexpr JobType<Struct, Struct> kBill("bill");
constexpr JobType<NamePart, std::string> kRead("read");

std::string ReasonOf(const std::function<void()>& fn) {
  try {
    fn();
  } catch (const NotWorthRetryingError& error) {
    return error.what();
  }
  return "none";
}

class ProtobufCodecTest : public JobFixture {
 protected:
  ProtobufCodecTest() : JobFixture(2) {}

  InProcess engine{executor};
};

// With a zero byte, an empty message and one inside of another.
TEST_F(ProtobufCodecTest, AMessageIsItsBinaryForm) {
  Struct order;
  const std::string customer("ada\0\n", 5);
  (*order.mutable_fields())["customer"].set_string_value(customer);
  auto& items = *(*order.mutable_fields())["items"].mutable_list_value();
  items.add_values()->set_number_value(1.5);
  items.add_values()->mutable_struct_value();
  const std::string bytes = JobCodec<Struct>::Encode(order);
  EXPECT_EQ(bytes.size(), order.ByteSizeLong());
  const Struct read = JobCodec<Struct>::Decode(bytes);
  EXPECT_EQ(read.fields().at("customer").string_value(), customer);
  const auto& list = read.fields().at("items").list_value();
  ASSERT_EQ(list.values_size(), 2);
  EXPECT_EQ(list.values(0).number_value(), 1.5);
  EXPECT_TRUE(list.values(1).has_struct_value());
  EXPECT_EQ(JobCodec<Struct>::Encode(Struct()), "");
  EXPECT_EQ(JobCodec<Struct>::Decode("").fields_size(), 0);
}

TEST_F(ProtobufCodecTest, WhatIsNoneIsNotWorthRetrying) {
  NamePart part;
  part.set_name_part("x");
  EXPECT_THAT(ReasonOf([&] { JobCodec<NamePart>::Encode(part); }),
              AllOf(HasSubstr("required"), HasSubstr("is_extension")));
  part.set_is_extension(true);
  const std::string whole = JobCodec<NamePart>::Encode(part);
  EXPECT_EQ(JobCodec<NamePart>::Decode(whole).name_part(), "x");
  // Cut off, without its fields, and nothing of the kind.
  for (const std::string& bytes :
       {whole.substr(0, whole.size() - 1), std::string(),
        std::string("\xff\xff\xff")}) {
    EXPECT_THAT(ReasonOf([&] { JobCodec<NamePart>::Decode(bytes); }),
                HasSubstr("no such message"));
  }
}

TEST_F(ProtobufCodecTest, JobsAreGivenMessagesAndReturnThem) {
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kBill, [](const Struct& order) {
    Struct bill = order;
    (*bill.mutable_fields())["sum"].set_number_value(
        order.fields().at("price").number_value() * 2);
    return bill;
  });
  worker.Handle(kRead, [](const NamePart& part) { return part.name_part(); });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  Struct order;
  (*order.mutable_fields())["price"].set_number_value(21);
  const Struct bill = queue.Submit(kBill, order).Get();
  EXPECT_EQ(bill.fields().at("sum").number_value(), 42);
  EXPECT_EQ(bill.fields_size(), 2);
  // What cannot be read is given up at once, and its dead letter has the bytes.
  constexpr JobType<std::string, std::string> kReadBytes("read");
  EXPECT_EQ(FailureOf(queue.Submit(kReadBytes, "\xff")).attempts(), 1);
  const auto letters = engine.TakeDeadLetters(2);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].job.payload, "\xff");
  EXPECT_THAT(letters[0].reason, HasSubstr("no such message"));
  // What cannot be written is no job.
  EXPECT_THROW((void)queue.Submit(kRead, NamePart()), NotWorthRetryingError);
  EXPECT_EQ(engine.counts().submitted, 2);
}

}  // namespace
}  // namespace weft::jobs
