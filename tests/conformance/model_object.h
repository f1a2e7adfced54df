// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the reference model knows of whatever a name stands for, and of tasks.

#ifndef WEFT_TESTS_CONFORMANCE_MODEL_OBJECT_H_
#define WEFT_TESTS_CONFORMANCE_MODEL_OBJECT_H_

#include <cstddef>
#include <functional>
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

// What `throw` throws, or a statement that waits.
struct Thrown {
  enum class Why { kThrow, kDeadlock, kCancelled, kLate };

  std::string name() const;

  const Statement* thrower;
  Why why = Why::kThrow;
};

// A flow is cancelled by one of these. Who is told by it is told newest first.
struct Token {
  bool is_cancelled = false;
  // Other tokens, as their indexes, and coroutines that wait.
  struct Listener {
    std::size_t token = 0;
    ObjectRef coroutine = {};
    std::size_t by = 0;  // of a token: see ModelRun::Stop()
  };
  std::vector<Listener> listeners = {};
  std::vector<std::size_t> set = {};  // of the tokens that it stands for
};

// A body of a coroutine, or of a `try` or `scope` in it.
struct Level {
  const Program* program;
  bool is_try = false;
  ObjectRef storage = {};  // of a scope
  std::optional<Entry> prior = {};
  std::size_t next = 0;
};

struct Coroutine {
  enum class Role { kBody, kTimeout, kNursery, kLaunched };

  Role role = Role::kBody;
  const Statement* statement = nullptr;
  int step = 0;  // of a role that is the library's
  std::vector<Level> levels = {};
  bool is_generator = false;
  bool is_asked = false;  // a generator
  std::optional<std::string> yielded = {};
  std::size_t source = 0;    // the index of its token; 0: none
  ObjectRef parent = {};     // that awaits it
  ObjectRef nursery = {};    // into which it spawns
  bool is_launched = false;  // into a nursery, as one of its children
  bool is_raced = false;     // only a race waits for it
  ObjectRef awaited = {};    // a future
  ObjectRef child = {};      // that it awaits
  const Statement* waits = nullptr;
  std::function<void()> take = {};  // takes the result of what it has awaited
  std::optional<Thrown> injected = {};
  // Of a nursery.
  int running = 0;
  ObjectRef all_ended = {};
  std::optional<Thrown> first_failure = {};
  // Of a wait.
  std::size_t waits_with = 0;  // a token
  std::optional<int> alarm = {};
};

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
  std::vector<ObjectRef> continuations = {};  // and coroutines that wait

  std::shared_ptr<Coroutine> coroutine = {};  // else null

  // Races, and the continuations of their inputs.
  ObjectRef race = {};
  ObjectRef input = {};                  // of a `then`, its promise
  std::vector<ObjectRef> waiting = {};   // the continuations of a race's inputs
  std::vector<std::string> inputs = {};  // their names in the program
  bool inputs_given_up = false;
  std::optional<std::size_t> won = {};
  std::size_t index = 0;

  // What can be waited for: promises, continuations and tasks.
  bool is_done = false;
  bool is_cancelled = false;           // tasks
  std::optional<Thrown> failure = {};  // the exception that it ended with

  // Timers; 0: ended.
  int runs_left = 0;

  // Hooks: what to do at the next event of a kind.
  std::map<std::string, const Statement*> acts = {};
};

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_MODEL_OBJECT_H_
