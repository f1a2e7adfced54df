// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Runs one program of the scenario language (scenario.h) with the library and
// prints its lines.
//
//   echo '(als a)(run a 1 (spawn t (log a)))' |
//     ./bazelw run //tests/conformance:scenario_runner -- --per_task
//
// Exits with 2 if the program or a flag is wrong, with 1 if something else is.

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <istream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "weft/executor/executor_options.h"
#include "weft/tests/conformance/interpreter.h"
#include "weft/tests/conformance/run_log.h"
#include "weft/tests/conformance/scenario.h"

// Numbers are read as text, so that all that is wrong is said in one way.
ABSL_FLAG(std::string, executor, "manual",
          "manual: a ManualExecutor, all tasks on one thread, oldest first, "
          "after the main program; work_stealing: an Executor, see --workers");
ABSL_FLAG(std::string, workers, "",
          "with --executor=work_stealing: how many tasks run at once, 1 to "
          "1024; default: as many as there are processors");
ABSL_FLAG(bool, per_task, false,
          "print task by task, in byte order of their names: a line [NAME], "
          "then the task's lines; the main program is [root]");
ABSL_FLAG(std::string, fuel, "600",
          "how many statements are executed at most, 0 to 1000000");

namespace weft::conformance {
namespace {

constexpr int kBadUsage = 2;
constexpr int kMaxFuel = 1'000'000;

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws UsageError, naming flag, value and range.
int NumberFromFlag(const char* flag, const std::string& text, int min,
                   int max) {
  std::int64_t number = 0;
  if (absl::SimpleAtoi(text, &number) && min <= number && number <= max) {
    return static_cast<int>(number);
  }
  throw UsageError(absl::StrCat(
      "--", flag, "=", text, " is out of range: must be ", min, " to ", max));
}

InterpreterOptions OptionsFromFlags() {
  const std::string executor = absl::GetFlag(FLAGS_executor);
  if (executor != "manual" && executor != "work_stealing") {
    throw UsageError(absl::StrCat("--executor=", executor,
                                  " is unknown: must be manual or "
                                  "work_stealing"));
  }
  const std::string workers_text = absl::GetFlag(FLAGS_workers);
  const int workers = workers_text.empty()
                          ? HardwareConcurrency()
                          : NumberFromFlag("workers", workers_text, 1,
                                           ExecutorOptions::kMaxConcurrency);
  return {
      .workers = executor == "manual" ? 0 : workers,
      .fuel = NumberFromFlag("fuel", absl::GetFlag(FLAGS_fuel), 0, kMaxFuel)};
}

std::string ReadAll(std::istream& in, const std::string& name) {
  try {
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in.fail()) return text;
  } catch (const std::ios_base::failure&) {
    // Such as of a directory.
  }
  throw UsageError("cannot read " + name);
}

int Main(const std::vector<char*>& arguments) {
  const InterpreterOptions options = OptionsFromFlags();
  if (arguments.size() > 2) {
    throw UsageError(absl::StrCat("unexpected argument: ", arguments[2]));
  }
  const bool is_file = arguments.size() == 2;
  const std::string name = is_file ? arguments[1] : "standard input";
  std::ifstream file;
  if (is_file) file.open(name, std::ios::binary);
  const std::string text = ReadAll(is_file ? file : std::cin, name);
  try {
    const RunLog log = Interpret(ParseProgram(text), options);
    std::cout << (absl::GetFlag(FLAGS_per_task) ? log.TextByTask() : log.Text())
              << std::flush;
  } catch (const ProgramError& error) {
    throw UsageError(absl::StrCat(name, ": ", error.what()));
  }
  if (!std::cout) throw std::runtime_error("cannot write to standard output");
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace weft::conformance

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Runs the program in a file, or on standard input, and prints its "
      "lines.\nscenario_runner [flags] [file]");
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  try {
    return weft::conformance::Main(arguments);
  } catch (const weft::conformance::UsageError& error) {
    std::cerr << "scenario_runner: " << error.what() << '\n';
    return weft::conformance::kBadUsage;
  } catch (const std::exception& error) {
    std::cerr << "scenario_runner: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
