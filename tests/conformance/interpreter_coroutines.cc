// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Coroutines, what they await, and races.

#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/context/cancellation.h"
#include "weft/executor/patterns/with_timeout.h"
#include "weft/tests/conformance/interpreter_run.h"

namespace weft::conformance {

// Where a coroutine is: in its body, and in the bodies of `try` and `scope` in
// it. It executes what need not be awaited.
class CoroutineLevels {
 public:
  CoroutineLevels(InterpreterRun& run, const Statement& statement,
                  TaskScope* scope)
      : run_(run), scope_(scope) {
    levels_.push_back({.program = &statement.body});
  }
  CoroutineLevels(const CoroutineLevels&) = delete;
  CoroutineLevels& operator=(const CoroutineLevels&) = delete;
  // A coroutine that is dropped has bodies that have not ended: the innermost
  // ends first, which a vector does not say of its elements.
  ~CoroutineLevels() {
    while (!levels_.empty()) levels_.pop_back();
  }

  // Goes on to the next statement that is to be awaited, and returns it; null:
  // there is none any more.
  const Statement* Advance() {
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.next == level.program->size()) {
        levels_.pop_back();
        continue;
      }
      const Statement& statement = (*level.program)[level.next++];
      if (!run_.TakeFuel()) {
        run_.LeaveOut(statement);
        level.next = level.program->size();
        continue;
      }
      try {
        if (!Execute(statement)) return &statement;
      } catch (...) {
        Raise(std::current_exception());
      }
    }
    return nullptr;
  }

  // A statement has thrown: ends bodies until a `try` catches it.
  void Raise(const std::exception_ptr& exception) {
    while (!levels_.empty()) {
      const bool catches = levels_.back().is_try;
      levels_.pop_back();
      if (catches) return run_.Say("caught " + NameOfException(exception));
    }
    failure_ = exception;
  }

  // Throws what has left the body.
  void Finish() {
    if (failure_ == nullptr) return;
    run_.SayUncaught(failure_);
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  struct Level {
    const Program* program;
    std::size_t next = 0;
    bool is_try = false;
    std::unique_ptr<StorageScope> scope = {};
  };

  // Returns false if the statement is to be awaited.
  bool Execute(const Statement& statement) {
    switch (statement.operation) {
      case Operation::kTry:
        levels_.push_back({.program = &statement.body, .is_try = true});
        return true;
      case Operation::kScope: {
        const UserObjectRef object =
            run_.Get(statement, statement.name(), ObjectKind::kStorage);
        if (object == nullptr) return true;
        Level level{.program = &statement.body};
        level.scope.reset(new StorageScope(
            object->storage->WithScope(ValueOf(statement.words[1]))));
        levels_.push_back(std::move(level));
        return true;
      }
      case Operation::kGo:
        run_.Go(statement, scope_);
        return true;
      case Operation::kRace:
        run_.Race(statement, scope_);
        return true;
      case Operation::kAwait:
      case Operation::kTimeout:
      case Operation::kNursery:
      case Operation::kNext:
      case Operation::kYield:
        return false;
      default:
        run_.ExecuteOne(statement);
        return true;
    }
  }

  InterpreterRun& run_;
  TaskScope* const scope_;
  std::vector<Level> levels_;
  std::exception_ptr failure_;
};

template <typename Routine>
Routine InterpreterRun::Body(const Statement& body, TaskScope* scope) {
  constexpr bool kIsGenerator =
      std::is_same_v<Routine, AsyncGenerator<std::string>>;
  CoroutineLevels levels(*this, body, scope);
  while (const Statement* const statement = levels.Advance()) {
    std::exception_ptr thrown;
    try {
      switch (statement->operation) {
        case Operation::kAwait: {
          const Awaited awaited = AwaitedBy(*statement);
          if (awaited.future) co_await *awaited.future;
          if (awaited.race) {
            static_cast<void>(co_await awaited.race->future);
            SayWinner(*awaited.race);
          }
          break;
        }
        case Operation::kTimeout: {
          NameNext(statement->name(), true);
          Task<> timed =
              WithTimeout(TimeOf(*statement), [this, statement, scope] {
                return Body<Task<>>(*statement, scope);
              });
          co_await std::move(timed);
          break;
        }
        case Operation::kNursery: {
          NameNext(statement->name(), true);
          Task<> nursery =
              WithTaskScope(*executor_, [this, statement](TaskScope& inner) {
                return Body<Task<>>(*statement, &inner);
              });
          co_await std::move(nursery);
          break;
        }
        case Operation::kNext: {
          const UserObjectRef generator = Ask(*statement);
          if (generator == nullptr) break;
          std::optional<std::string> value;
          try {
            value = co_await generator->generator->values.Next();
          } catch (...) {
            thrown = std::current_exception();
          }
          Answered(*statement, *generator, value, thrown == nullptr);
          break;
        }
        default:
          if constexpr (kIsGenerator) {
            if (statement->operation == Operation::kYield) {
              co_yield statement->name();
              break;
            }
          }
          Fail(WrongPlace(*statement));
      }
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown != nullptr) levels.Raise(thrown);
  }
  levels.Finish();
}

Future<void> InterpreterRun::Start(const Statement& statement, TaskScope* scope,
                                   CancellationSource& source) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    sources_.push_back(source);
  }
  const CancellationScope flow(source.token());
  NameNext(statement.name(), true);
  if (scope == nullptr) {
    return weft::Spawn(*executor_, Body<Task<>>(statement, nullptr));
  }
  return scope->Spawn(
      [this, &statement, scope] { return Body<Task<>>(statement, scope); });
}

void InterpreterRun::Go(const Statement& statement, TaskScope* scope) {
  UserCoroutine coroutine;
  coroutine.future = Start(statement, scope, coroutine.source).Share();
  Name(coroutines_, statement.name(), coroutine);
}

void InterpreterRun::Race(const Statement& statement, TaskScope* scope) {
  std::vector<Future<void>> futures;
  UserRace race;
  for (const Statement& input : statement.body) {
    Future<void> future;
    if (input.operation == Operation::kThen) {
      future = Then(input);
    } else if (input.operation != Operation::kGo) {
      return Fail(WrongInput(input));
    } else {
      UserCoroutine coroutine;
      future = Start(input, scope, coroutine.source);
      Name(coroutines_, input.name(), coroutine);
    }
    if (!future.valid()) continue;
    futures.push_back(std::move(future));
    race.inputs.push_back(input.name());
  }
  if (futures.empty()) return;
  NameNext(statement.name(), false);
  race.future = WhenAny(std::move(futures)).Share();
  Name(races_, statement.name(), race);
}

void InterpreterRun::SayWinner(const UserRace& race) {
  Say("won " + race.inputs[race.future.Get().index]);
}

void InterpreterRun::Generate(const Statement& statement) {
  const auto object = std::make_shared<UserObject>(ObjectKind::kGenerator);
  UserGenerator& generator = object->generator.emplace();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    sources_.push_back(generator.source);
  }
  {
    const CancellationScope flow(generator.source.token());
    NameNext(statement.name(), true);
    generator.values = Body<AsyncGenerator<std::string>>(statement, nullptr);
  }
  Define(statement.name(), object);
}

UserObjectRef InterpreterRun::Ask(const Statement& statement) {
  UserObjectRef object =
      Need(statement, statement.name(), ObjectKind::kGenerator);
  if (object == nullptr) return nullptr;
  bool is_asked = false;
  bool has_ended = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    UserGenerator& generator = *object->generator;
    has_ended = generator.has_ended;
    is_asked = std::exchange(generator.is_asked, !has_ended);
  }
  if (is_asked) {
    Say("busy " + statement.name());
  } else if (has_ended) {
    Say("next " + statement.name() + " end");
  } else {
    return object;
  }
  return nullptr;
}

void InterpreterRun::Answered(const Statement& statement, UserObject& object,
                              const std::optional<std::string>& value,
                              bool says) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    object.generator->is_asked = false;
    object.generator->has_ended = !value.has_value();
  }
  if (says) Say("next " + statement.name() + " " + value.value_or("end"));
}

// On a ManualExecutor deadlines are far from each other and from all timers,
// and pass in their order. The clock of a flow is not that executor's, so each
// is set anew by what is left until then.
Duration InterpreterRun::TimeOf(const Statement& timeout) {
  if (!IsSoon(timeout)) return std::chrono::hours(1000);
  if (manual_ == nullptr) return std::chrono::milliseconds(1);
  int number = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    number = ++deadlines_;
  }
  return begun_ + std::chrono::hours(10) + std::chrono::minutes(2) * number -
         std::chrono::steady_clock::now();
}

}  // namespace weft::conformance
