// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A fixture that runs a suite three times. What holds where nothing is bound
// must hold inside a Run(), and inside one whose frame somebody else keeps.

#ifndef WEFT_TESTS_CONTEXT_CONTEXT_FIXTURE_H_
#define WEFT_TESTS_CONTEXT_CONTEXT_FIXTURE_H_

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/internal/flow.h"
#include "weft/context/storage_scope.h"

namespace weft {

enum class Surroundings { kPristine, kRun, kCapturedRun };

class ContextFixture : public testing::TestWithParam<Surroundings> {
 public:
  static auto All() {
    return testing::Values(Surroundings::kPristine, Surroundings::kRun,
                           Surroundings::kCapturedRun);
  }
  static std::string Name(const testing::TestParamInfo<Surroundings>& info) {
    switch (info.param) {
      case Surroundings::kPristine:
        return "Pristine";
      case Surroundings::kRun:
        return "InsideRun";
      case Surroundings::kCapturedRun:
        return "InsideCapturedRun";
    }
    return "Unknown";
  }

 protected:
  void SetUp() override {
    if (GetParam() == Surroundings::kPristine) return;
    scope_.reset(new StorageScope(other_.WithScope(0)));
    if (GetParam() == Surroundings::kCapturedRun) {
      captured_ = ContextSnapshot::Capture();
    }
  }

  // A test may enter what it likes: here its flow ends.
  void TearDown() override {
    if (scope_ != nullptr) {
      EXPECT_NE(other_.GetStore(), nullptr);
    }
    scope_.reset();
    EXPECT_FALSE(other_.IsBound());
    context_internal::EnterFrame({});
  }

 private:
  const AsyncLocalStorage<int> other_;
  std::unique_ptr<StorageScope> scope_;
  ContextSnapshot captured_;
};

}  // namespace weft

#endif  // WEFT_TESTS_CONTEXT_CONTEXT_FIXTURE_H_
