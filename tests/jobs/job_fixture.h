// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What tests of jobs share: types of jobs, a tenant that travels, an executor.

#ifndef WEFT_TESTS_JOBS_JOB_FIXTURE_H_
#define WEFT_TESTS_JOBS_JOB_FIXTURE_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/jobs/errors.h"
#include "weft/jobs/job_type.h"
#include "weft/jobs/job_worker.h"
#include "weft/propagation/propagator.h"

namespace weft::jobs {

// A value that says how it crosses.
struct Number {
  std::string Encode() const { return std::to_string(value); }
  static Number Decode(std::string_view bytes) {
    if (bytes.empty() ||
        bytes.find_first_not_of("0123456789") != std::string_view::npos) {
      throw NotWorthRetryingError("no number");
    }
    return {std::stoi(std::string(bytes))};
  }
  int value = 0;
};

inline constexpr JobType<std::string, std::string> kEcho("echo");
inline constexpr JobType<Number, Number> kDouble("double");
inline constexpr JobType<void, void> kPing("ping");

inline const AsyncLocalStorage<std::string> tenant({.name = "tenant"});
inline const AsyncLocalStorage<std::string> secret({.name = "secret"});

inline std::string TenantHere() {
  const std::string* const store = tenant.GetStore();
  return store != nullptr ? *store : "nobody";
}

inline std::optional<std::string> DecodeTenant(std::string_view text) {
  return std::string(text);
}

// Repeats what fails at once.
inline const JobWorkerOptions kAtOnce{
    .retry = {.max_attempts = 3,
              .first_pause = std::chrono::nanoseconds(0),
              .longest_pause = std::chrono::nanoseconds(0)}};

// Returns what the future throws.
inline JobFailedError FailureOf(Future<std::string> result) {
  try {
    ADD_FAILURE() << result.Get();
  } catch (const JobFailedError& error) {
    return error;
  }
  return JobFailedError("", "", 0, "");
}

class JobFixture : public testing::Test {
 protected:
  explicit JobFixture(int workers) : executor({.concurrency = workers}) {
    propagator.Add(tenant, {.name = "test-tenant",
                            .encode = [](const std::string& t) { return t; },
                            .decode = DecodeTenant});
  }

  Executor executor;
  Propagator propagator;
};

}  // namespace weft::jobs

#endif  // WEFT_TESTS_JOBS_JOB_FIXTURE_H_
