// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the reference model knows of whatever a name stands for, and of tasks.

#ifndef WEFT_TESTS_CONFORMANCE_MODEL_OBJECT_H_
#define WEFT_TESTS_CONFORMANCE_MODEL_OBJECT_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weft/tests/conformance/object_kind.h"
#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {

using Value = std::optional<std::string>;

struct Object;
using ObjectRef = std::shared_ptr<Object>;

struct Entry {
  Value value;
  int epoch;
};
// Never changed once it is shared, but by wrong rules. Null: empty.
using Frame = std::map<ObjectRef, Entry>;
using FrameRef = std::shared_ptr<Frame>;

struct Object {
  ObjectKind kind;
  std::string name;

  // Storages.
  Value default_value = {};
  int epoch = 0;
  bool disabled = false;  // see Flaw::kDisableUntilNextUse

  // Snapshots, bound bodies, resources, promises and tasks; 0: no resource.
  int id = 0;
  int trigger = 0;
  FrameRef frame = {};
  FrameRef queued_in = {};  // of a micro: the frame after its init
  const Program* body = nullptr;
  bool is_task = false;
  std::shared_ptr<FrameRef> creators_end = {};  // the creator's last frame

  // Promises.
  bool resolving = false;
  std::vector<ObjectRef> continuations = {};

  // What can be waited for: promises, continuations and tasks.
  bool is_done = false;
  bool is_cancelled = false;           // tasks
  const Statement* failure = nullptr;  // what threw the exception it ended with

  // Timers; 0: ended.
  int runs_left = 0;

  // Hooks: what to do at the next event of a kind.
  std::map<std::string, const Statement*> acts = {};
};

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_MODEL_OBJECT_H_
