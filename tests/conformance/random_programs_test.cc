// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The library against the model, on random programs. A program that tells them
// apart is shrunk and printed, with its seed:
//
//   ./bazelw run //tests/conformance:random_programs_test -- --seed=17

#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "gtest/gtest.h"
#include "weft/tests/conformance/confluence.h"
#include "weft/tests/conformance/generator.h"
#include "weft/tests/conformance/interpreter.h"
#include "weft/tests/conformance/reference_model.h"
#include "weft/tests/conformance/run_log.h"
#include "weft/tests/conformance/scenario.h"
#include "weft/tests/conformance/shrinker.h"
#include "weft/tests/support/stress_rounds.h"

ABSL_FLAG(std::optional<int>, seed, std::nullopt,
          "run the program of this seed only");
ABSL_FLAG(std::optional<int>, programs, std::nullopt,
          "how many programs each test runs; default: as many as it needs");
ABSL_FLAG(int, first_seed, 1, "the seed of the first of these programs");

namespace weft::conformance {
namespace {

// In a simulation: programs of a test, and schedules of each program.
constexpr int kSimulatedPrograms = 200;
// Programs with coroutines; with workers; in a simulation.
constexpr int kForms = 3000;
constexpr int kFormsWithWorkers = 150;
constexpr int kSimulatedForms = 60;
constexpr std::uint64_t kSchedules = 5;

// Calls `check(seed)` for each program of a test, until one has failed.
void ForEachSeed(int programs,
                 const std::function<void(std::uint64_t)>& check) {
  if (const auto seed = absl::GetFlag(FLAGS_seed)) {
    return check(static_cast<std::uint64_t>(*seed));
  }
  const int count =
      absl::GetFlag(FLAGS_programs).value_or(tests::StressRounds(programs));
  const int first = absl::GetFlag(FLAGS_first_seed);
  for (int i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    check(static_cast<std::uint64_t>(first + i));
  }
}

// Returns what `print` returns, or the error of a program without a meaning.
std::string TextOrError(const std::function<std::string()>& print) {
  try {
    return print();
  } catch (const ProgramError& error) {
    return error.what();
  }
}

using Printer = std::function<std::string(const Program&)>;

// Expects `actual` and `expected` to print the same for `program`.
void ExpectSame(std::uint64_t seed, const Program& program,
                const Printer& expected, const Printer& actual) {
  const auto differs = [&](const Program& candidate) {
    return expected(candidate) != actual(candidate);
  };
  try {
    if (!differs(program)) return;
  } catch (const ProgramError& error) {
    ADD_FAILURE() << "--seed=" << seed << ": " << error.what() << "\nin\n"
                  << ToText(program);
    return;
  }
  const Program smallest = Shrink(program, differs);
  ADD_FAILURE() << "--seed=" << seed << ", shrunk: " << ToText(smallest)
                << "\nexpected:\n"
                << TextOrError([&] { return expected(smallest); })
                << "actual:\n"
                << TextOrError([&] { return actual(smallest); })
                << "the whole program: " << ToText(program);
}

// The lines, and, where they go wrong, the destroy events.
std::string TextOf(const RunLog& log) {
  std::string text = log.Text();
  if (log.made != log.destroyed) {
    text += std::to_string(log.made) + " made, " +
            std::to_string(log.destroyed) + " destroyed\n";
  }
  for (const std::string& problem : log.destroy_problems) {
    text += "destroyed " + problem + "\n";
  }
  return text;
}

TEST(RandomProgramsTest, LibraryPrintsWhatTheModelPrints) {
  ForEachSeed(kTestPrograms, [](std::uint64_t seed) {
    const Program whole = GenerateProgram(seed, ProgramKind::kAny);
    ExpectSame(
        seed, whole,
        [](const Program& program) { return RunModel(program).Text(); },
        [](const Program& program) { return TextOf(Interpret(program)); });
  });
}

TEST(RandomProgramsTest, LibraryPrintsWhatTheModelPrintsOfTimers) {
  ForEachSeed(kTestProgramsWithWorkers, [](std::uint64_t seed) {
    ExpectSame(
        seed, GenerateProgram(seed, ProgramKind::kTimers),
        [](const Program& program) { return RunModel(program).Text(); },
        [](const Program& program) { return TextOf(Interpret(program)); });
  });
}

TEST(RandomProgramsTest, LibraryPrintsWhatTheModelPrintsOfWaits) {
  ForEachSeed(kTestPrograms, [](std::uint64_t seed) {
    ExpectSame(
        seed, GenerateProgram(seed, ProgramKind::kWaits),
        [](const Program& program) { return RunModel(program).Text(); },
        [](const Program& program) { return TextOf(Interpret(program)); });
  });
}

TEST(RandomProgramsTest, LibraryPrintsWhatTheModelPrintsOfCoroutines) {
  ForEachSeed(kForms, [](std::uint64_t seed) {
    ExpectSame(
        seed, GenerateProgram(seed, ProgramKind::kForms),
        [](const Program& program) { return RunModel(program).Text(); },
        [](const Program& program) { return TextOf(Interpret(program)); });
  });
}

// A program that is confluent no more, by being shrunk, shows nothing.
std::string TextByTask(const Program& program, const RunLog& log) {
  return IsConfluent(program) && !log.out_of_fuel ? log.TextByTask() : "";
}
std::string TextOfCoroutinesByTask(const Program& program, const RunLog& log) {
  return IsConfluent(program) && !log.out_of_fuel ? log.TextOfCoroutinesByTask()
                                                  : "";
}

TEST(RandomProgramsTest, TwoWorkersPrintTheSameTaskByTask) {
  ForEachSeed(kTestProgramsWithWorkers, [](std::uint64_t seed) {
    ExpectSame(
        seed, GenerateProgram(seed, ProgramKind::kConfluent),
        [](const Program& program) {
          return TextByTask(program, RunModel(program));
        },
        [](const Program& program) {
          return TextByTask(program, Interpret(program, {.workers = 2}));
        });
  });
}

TEST(RandomProgramsTest, EightWorkersPrintTheSameTaskByTask) {
  ForEachSeed(kTestProgramsWithWorkers, [](std::uint64_t seed) {
    ExpectSame(
        seed, GenerateProgram(seed, ProgramKind::kConfluent),
        [](const Program& program) {
          return TextByTask(program, RunModel(program));
        },
        [](const Program& program) {
          return TextByTask(program, Interpret(program, {.workers = 8}));
        });
  });
}

TEST(RandomProgramsTest, WorkersPrintTheSameOfCoroutinesTaskByTask) {
  ForEachSeed(kFormsWithWorkers, [](std::uint64_t seed) {
    ExpectSame(
        seed, GenerateProgram(seed, ProgramKind::kConfluentForms),
        [](const Program& program) {
          return TextOfCoroutinesByTask(program, RunModel(program));
        },
        [&](const Program& program) {
          const int workers = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 2 : 8;
          return TextOfCoroutinesByTask(
              program, Interpret(program, {.workers = workers}));
        });
  });
}

TEST(RandomProgramsTest, EachScheduleOfASimulationPrintsTheSameTaskByTask) {
  ForEachSeed(kSimulatedPrograms, [](std::uint64_t seed) {
    const Program program = GenerateProgram(seed, ProgramKind::kConfluent);
    for (std::uint64_t schedule = 1; schedule <= kSchedules; ++schedule) {
      ExpectSame(
          seed, program,
          [](const Program& any) { return TextByTask(any, RunModel(any)); },
          [&](const Program& any) {
            return TextByTask(
                any, Interpret(any, {.workers = 3, .schedule = schedule}));
          });
    }
  });
}

TEST(RandomProgramsTest, EachScheduleOfASimulationPrintsTheSameOfCoroutines) {
  ForEachSeed(kSimulatedForms, [](std::uint64_t seed) {
    const Program program = GenerateProgram(seed, ProgramKind::kConfluentForms);
    for (std::uint64_t schedule = 1; schedule <= kSchedules; ++schedule) {
      ExpectSame(
          seed, program,
          [](const Program& any) {
            return TextOfCoroutinesByTask(any, RunModel(any));
          },
          [&](const Program& any) {
            return TextOfCoroutinesByTask(
                any, Interpret(any, {.workers = 3, .schedule = schedule}));
          });
    }
  });
}

TEST(RandomProgramsTest, TheSameScheduleOfASimulationPrintsTheSame) {
  ForEachSeed(kSimulatedPrograms, [](std::uint64_t seed) {
    ExpectSame(
        seed, GenerateProgram(seed, ProgramKind::kTimers),
        [&](const Program& program) {
          return TextOf(Interpret(program, {.workers = 3, .schedule = seed}));
        },
        [&](const Program& program) {
          return TextOf(Interpret(program, {.workers = 3, .schedule = seed}));
        });
  });
}

// Programs whose lines depend on the schedule run too, whatever they print.
TEST(RandomProgramsTest, WorkersDestroyAllThatAnyProgramMakes) {
  ForEachSeed(kTestProgramsWithWorkers, [](std::uint64_t seed) {
    const Program program = GenerateProgram(seed, ProgramKind::kTimers);
    const RunLog log = Interpret(program, {.workers = 4});
    EXPECT_EQ(log.made, log.destroyed) << "--seed=" << seed;
    EXPECT_EQ(log.destroy_problems, std::vector<std::string>{})
        << "--seed=" << seed;
  });
}

}  // namespace
}  // namespace weft::conformance

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
