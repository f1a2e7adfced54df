// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Races of the reference model.

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "weft/tests/conformance/model_run.h"

namespace weft::conformance {

void ModelRun::Race(const Statement& statement, const ObjectRef& nursery) {
  std::vector<ObjectRef> inputs;
  std::vector<std::string> names;
  for (const Statement& input : statement.body) {
    if (input.operation == Operation::kGo) {
      const ObjectRef coroutine = Go(input, nursery);
      coroutine->coroutine->is_raced = true;
      coroutines_[input.name()] = coroutine;
      inputs.push_back(coroutine);
      names.push_back(input.name());
      continue;
    }
    if (input.operation != Operation::kThen) throw WrongInput(input);
    const ObjectRef promise = Need(input, input.words[1], ObjectKind::kPromise);
    if (promise == nullptr) continue;
    inputs.push_back(Then(input, promise));
    names.push_back(input.name());
  }
  if (inputs.empty()) return;
  const ObjectRef race = Make(ObjectKind::kPromise, statement.name());
  EmitInit(*race);
  race->inputs = std::move(names);
  for (const ObjectRef& input : inputs) {
    const ObjectRef waiting =
        Make(ObjectKind::kPromise, absl::StrCat(input->name, "/CONTINUATION"),
             input->id, true);
    waiting->race = race;
    waiting->input = input;
    waiting->index = race->waiting.size();
    race->waiting.push_back(waiting);
    EmitInit(*waiting);
    if (input->is_done) {
      QueueMicro(waiting);
    } else {
      input->continuations.push_back(waiting);
    }
    if (race->inputs_given_up) GiveUp(waiting);
  }
  races_[statement.name()] = race;
}

void ModelRun::RunInput(const ObjectRef& continuation) {
  const FrameRef outer = context_.frame();
  EnterTask(*continuation);
  context_.set_frame(continuation->frame);
  PushIds(continuation->id, continuation->trigger);
  Emit("before", continuation->name);
  Object& race = *continuation->race;
  const bool is_first = !std::exchange(race.resolving, true);
  if (is_first) {
    GiveUpInputs(race);
    race.won = continuation->index;
    race.failure = continuation->input->failure;
    Emit("resolve", race.name);
    race.is_done = true;
    Settle(race);
  } else if (Is(Flaw::kRaceIsWonByTheLast)) {
    race.won = continuation->index;
    race.failure = continuation->input->failure;
  }
  Emit("resolve", continuation->name);
  Emit("after", continuation->name);
  PopIds();
  continuation->is_done = true;
  *end_of_task_ = context_.frame();
  context_.set_frame(outer);
}

void ModelRun::GiveUpInputs(Object& race) {
  if (Is(Flaw::kRaceCallsItsLosers)) return;
  race.inputs_given_up = true;
  for (const ObjectRef& waiting : race.waiting) GiveUp(waiting);
}

void ModelRun::GiveUp(const ObjectRef& continuation) {
  Object& input = *continuation->input;
  if (std::erase(input.continuations, continuation) == 0) return;
  // Nobody else waits for what a `then` would return.
  if (input.input != nullptr) {
    std::erase(input.input->continuations, continuation->input);
  }
}

}  // namespace weft::conformance
