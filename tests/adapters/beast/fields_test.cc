// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/beast/fields.h"

#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/fields.hpp"
#include "boost/beast/http/message.hpp"
#include "gtest/gtest.h"
#include "weft/propagation/propagator.h"
#include "weft/propagation/trace_context.h"

namespace weft::beast {
namespace {

namespace http = boost::beast::http;

constexpr char kParent[] =
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(FieldsTest, AMessageBearsTheTrace) {
  const Propagator propagator;
  http::request<http::empty_body> request;
  request.set("TraceParent", "old");
  request.set("BAGGAGE", "old=1");
  TraceContext::Storage().Run(*TraceContext::Parse(kParent), [&] {
    propagator.Inject(FieldsWriter(request));
  });
  EXPECT_EQ(request.count("traceparent"), 1u);
  EXPECT_EQ(request["traceparent"], kParent);
  EXPECT_EQ(request.count("baggage"), 0u);
}

TEST(FieldsTest, LinesOfOneFieldAreReadInOrderWhateverTheirCase) {
  const Propagator propagator;
  http::fields fields;
  fields.insert("TRACEPARENT", kParent);
  fields.insert("TraceState", "a=1");
  fields.insert("tracestate", "b=2");
  propagator.Extract(FieldsReader(fields), Trust::kContinue).Run([] {
    EXPECT_EQ(TraceContext::Current()->parent_span_id().ToHex(),
              "b7ad6b7169203331");
    EXPECT_EQ(TraceContext::Current()->state().ToString(), "a=1,b=2");
  });
}

}  // namespace
}  // namespace weft::beast
