// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/patterns/retry.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "weft/context/deadline.h"
#include "weft/executor/errors.h"

namespace weft {

using std::chrono::nanoseconds;

namespace {

[[noreturn]] void Refuse(const char* option, const std::string& value,
                         const char* allowed) {
  throw std::invalid_argument(std::string("RetryOptions::") + option + " is " +
                              value + "; it must be " + allowed);
}

std::string Nanoseconds(nanoseconds time) {
  return std::to_string(time.count()) + " ns";
}

bool IsWorthRetrying(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const CancelledError&) {
    return false;
  } catch (const DeadlineExceededError&) {
    return false;
  } catch (const ShutdownError&) {
    return false;
  } catch (...) {
    return true;
  }
}

}  // namespace

void RetryOptions::Validate() const {
  if (max_attempts < 1) {
    Refuse("max_attempts", std::to_string(max_attempts), "at least 1");
  }
  const nanoseconds first = first_pause;
  const nanoseconds longest = longest_pause;
  if (first < nanoseconds(0)) {
    Refuse("first_pause", Nanoseconds(first), "at least 0");
  }
  if (longest < first) {
    Refuse("longest_pause", Nanoseconds(longest), "at least `first_pause`");
  }
  if (!(factor >= 1) || std::isinf(factor)) {
    Refuse("factor", std::to_string(factor), "at least 1, and finite");
  }
  if (!(jitter >= 0 && jitter <= 1)) {
    Refuse("jitter", std::to_string(jitter), "from 0 to 1");
  }
}

namespace {

RetryOptions Checked(RetryOptions options) {
  options.Validate();
  return options;
}

nanoseconds Scaled(nanoseconds time, double factor, nanoseconds most) {
  const double scaled = static_cast<double>(time.count()) * factor;
  if (scaled >= static_cast<double>(most.count())) return most;
  return nanoseconds(static_cast<nanoseconds::rep>(scaled));
}

}  // namespace

RetryPauses::RetryPauses(RetryOptions options)
    : options_(Checked(std::move(options))),
      random_(options_.seed.has_value() ? *options_.seed
                                        : std::random_device()()),
      pause_(options_.first_pause) {}

nanoseconds RetryPauses::Next(const std::exception_ptr& failure) {
  const bool is_worth_it = options_.is_worth_retrying != nullptr
                               ? options_.is_worth_retrying(failure)
                               : IsWorthRetrying(failure);
  if (!is_worth_it || ++failed_ == options_.max_attempts) {
    std::rethrow_exception(failure);
  }
  std::uniform_real_distribution<double> part(1 - options_.jitter, 1);
  const nanoseconds pause = Scaled(pause_, part(random_), pause_);
  pause_ = Scaled(pause_, options_.factor, options_.longest_pause);
  if (Deadline::Current().remaining() <= pause) {
    std::rethrow_exception(failure);
  }
  return pause;
}

}  // namespace weft
