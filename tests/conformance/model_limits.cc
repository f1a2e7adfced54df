// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Cancellation and deadlines of the reference model.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weft/tests/conformance/model_run.h"

namespace weft::conformance {

namespace {

// The number that `frame` has under `key`.
std::optional<int> NumberIn(const FrameRef& frame, const ObjectRef& key) {
  if (frame == nullptr) return {};
  const auto found = frame->find(key);
  if (found == frame->end() || !found->second.value) return {};
  return std::stoi(*found->second.value);
}

}  // namespace

std::size_t ModelRun::NewToken() {
  tokens_.emplace_back();
  tokens_.back().set = {tokens_.size() - 1};
  return tokens_.size() - 1;
}

std::size_t ModelRun::TokenOf(const FrameRef& frame) const {
  return static_cast<std::size_t>(NumberIn(frame, cancellation_).value_or(0));
}

std::optional<int> ModelRun::DeadlineOf(const FrameRef& frame) const {
  return NumberIn(frame, deadline_);
}

std::size_t ModelRun::AnyOf(std::size_t outer, std::size_t inner) {
  if (Is(Flaw::kCancelIsNotInherited)) return inner;
  if (outer == 0 || tokens_[inner].is_cancelled || outer == inner) return inner;
  if (tokens_[outer].is_cancelled) return outer;
  const std::vector<std::size_t>& had = tokens_[outer].set;
  if (std::find(had.begin(), had.end(), inner) != had.end()) return outer;
  const std::size_t any = NewToken();
  tokens_[any].set = tokens_[outer].set;
  tokens_[any].set.push_back(inner);
  const bool is_link = tokens_[outer].set.size() > 1;
  tokens_[outer].listeners.push_back({.token = any, .by = is_link ? outer : 0});
  tokens_[inner].listeners.push_back({.token = any});
  return any;
}

std::optional<Thrown::Why> ModelRun::Reached(const FrameRef& frame) const {
  if (Is(Flaw::kLimitsAreNotLookedAt)) return {};
  if (tokens_[TokenOf(frame)].is_cancelled) return Thrown::Why::kCancelled;
  const auto deadline = DeadlineOf(frame);
  if (deadline && *deadline <= now_) return Thrown::Why::kLate;
  return {};
}

void ModelRun::CancelToken(std::size_t token) {
  if (std::exchange(tokens_[token].is_cancelled, true)) return;
  TellListeners(token);
}

void ModelRun::TellListeners(std::size_t token) {
  while (!tokens_[token].listeners.empty()) {
    const Token::Listener newest = tokens_[token].listeners.back();
    tokens_[token].listeners.pop_back();
    if (newest.token != 0) {
      Stop(newest.token, newest.by);
    } else if (!Is(Flaw::kCancelWakesNobody)) {
      Disarm(*newest.coroutine);
      tasks_.push_back(newest.coroutine);
    }
  }
}

// The order in which the library cancels links of links: not one in the other,
// but one after the other.
void ModelRun::Stop(std::size_t token, std::size_t by) {
  if (by != 0 && chain_ != nullptr && chain_->current == by) {
    chain_->waiting.push_back(token);
    return;
  }
  Chain chain{0, {token}};
  Chain* const outer = std::exchange(chain_, &chain);
  while (!chain.waiting.empty()) {
    chain.current = chain.waiting.back();
    chain.waiting.pop_back();
    CancelToken(chain.current);
  }
  chain_ = outer;
}

bool ModelRun::RunAlarm(bool only_passed) {
  const auto earliest =
      std::min_element(alarms_.begin(), alarms_.end(),
                       [](const ObjectRef& a, const ObjectRef& b) {
                         return *a->coroutine->alarm < *b->coroutine->alarm;
                       });
  if (earliest == alarms_.end()) return false;
  const int deadline = *(*earliest)->coroutine->alarm;
  // The others never pass.
  if (deadline > (only_passed ? now_ : deadlines_)) return false;
  if (Is(Flaw::kDeadlinesDoNotPass)) return false;
  now_ = std::max(now_, deadline);
  const ObjectRef late = *earliest;
  Disarm(*late);
  tasks_.push_back(late);
  return true;
}

}  // namespace weft::conformance
