// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/peers/request_context.h"

namespace weft::benchmarks {
namespace {

class Nothing final : public RequestData {
 public:
  void OnSet() override {}
  void OnUnset() override {}
};

}  // namespace

RequestContext::Pointer RequestContext::WithData() {
  auto context = std::make_shared<RequestContext>();
  context->data_.emplace("request", std::make_shared<Nothing>());
  return context;
}

RequestContext::Pointer RequestContext::Set(Pointer context) {
  if (context == current_) return context;
  if (current_ != nullptr) {
    for (const auto& [name, data] : current_->data_) data->OnUnset();
  }
  std::swap(current_, context);
  if (current_ != nullptr) {
    for (const auto& [name, data] : current_->data_) data->OnSet();
  }
  return context;
}

}  // namespace weft::benchmarks
