// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/grpc_server/demo/demo.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "weft/adapters/grpc/client.h"
#include "weft/adapters/grpc/status_error.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/examples/grpc_server/hop_service.h"
#include "weft/examples/process/child_process.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/propagation/trace_context.h"

namespace hop_server {
namespace {

using Async = class Hops::Stub::async;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kServers = 3;
constexpr int kFlows = 32;  // calls at a time
constexpr int kCancelled = 100;
// What a call over three servers may take on a busy machine.
constexpr std::chrono::seconds kTime(30);
// How long the end of the first server's handlers may take to be the last's.
constexpr std::chrono::seconds kCancellationTime(10);

// A process whose lines are read here.
class ReadProcess {
 public:
  ReadProcess(const std::string& program,
              const std::vector<std::string>& arguments) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    output_ = fdopen(ends[0], "r");
    process_.emplace(program, arguments, ends[1]);
    close(ends[1]);
  }
  ReadProcess(const ReadProcess&) = delete;
  ReadProcess& operator=(const ReadProcess&) = delete;
  ~ReadProcess() { std::fclose(output_); }

  // Returns its next line, without the end; nothing at the end.
  std::optional<std::string> ReadLine() {
    std::string line;
    for (int next = 0; (next = std::fgetc(output_)) != EOF;) {
      if (next == '\n') return line;
      line += static_cast<char>(next);
    }
    return std::nullopt;
  }
  examples::ChildProcess& process() { return *process_; }

 private:
  std::FILE* output_;
  std::optional<examples::ChildProcess> process_;
};

// A server process.
struct Server {
  std::unique_ptr<ReadProcess> process;
  std::string address;
};

Server StartServer(int threads, const std::string& next) {
  std::vector<std::string> arguments = {"--port=0",
                                        absl::StrCat("--threads=", threads)};
  if (!next.empty()) arguments.push_back("--next=" + next);
  Server server;
  server.process =
      std::make_unique<ReadProcess>(examples::kThisProgram, arguments);
  const std::string line =
      server.process->ReadLine().value_or("nothing: it has ended");
  if (!absl::StartsWith(line, kServing)) {
    throw std::runtime_error("a server says " + line);
  }
  server.address = line.substr(std::string_view(kServing).size());
  return server;
}

struct Tally {
  std::int64_t calls = 0;
  std::int64_t mixed = 0;   // has another's trace, tenant, time, text
  std::int64_t late = 0;    // has not ended before its deadline
  std::int64_t failed = 0;  // has ended with a status

  void Add(const Tally& other) {
    calls += other.calls;
    mixed += other.mixed;
    late += other.late;
    failed += other.failed;
  }
};

// One call, as its flow knows it.
struct Expected {
  std::string tenant;
  weft::TraceContext trace;
  milliseconds time;
};

bool IsOf(const Answer& answer, const Expected& expected,
          const std::string& text) {
  bool is = answer.hops_size() == kServers && answer.text() == text &&
            answer.hops(0).parent_span_id() == expected.trace.span_id().ToHex();
  std::int64_t most = expected.time.count();
  for (const Hop& hop : answer.hops()) {
    is = is && hop.trace_id() == expected.trace.trace_id().ToHex() &&
         hop.tenant() == expected.tenant && hop.secret().empty() &&
         hop.time_left_ms() > 0 && hop.time_left_ms() <= most;
    most = hop.time_left_ms();
  }
  return is;
}

Question MakeQuestion(std::string text, int count, int work_ms = 0) {
  Question question;
  question.set_further(kServers - 1);
  question.set_text(std::move(text));
  question.set_count(count);
  question.set_work_ms(work_ms);
  return question;
}

class Caller {
 public:
  Caller(weft::Executor& executor, const HopContext& context,
         const std::string& address)
      : executor_(executor),
        context_(context),
        client_(executor, context.propagator),
        stub_(Hops::NewStub(ChannelTo(address))) {}

  // Makes `calls` calls, of the four kinds in turn.
  Tally Run(int calls) {
    std::vector<weft::Future<Tally>> flows;
    for (int flow = 0; flow < kFlows; ++flow) {
      flows.push_back(weft::Spawn(executor_, Flow(flow, calls)));
    }
    Tally tally;
    for (weft::Future<Tally>& flow : flows) tally.Add(std::move(flow).Get());
    return tally;
  }

  // Begins calls that last, waits until the last server has them, and cancels
  // them here. Returns how long it took until that server's handlers had ended;
  // nothing if some have not.
  std::optional<milliseconds> Cancel(const std::string& last) {
    const auto last_stub = Hops::NewStub(ChannelTo(last));
    const Counts before = CountsOf(*last_stub);
    weft::CancellationSource source;
    std::vector<weft::Future<Answer>> answers;
    {
      const weft::CancellationScope cancellable(source.token());
      for (int i = 0; i < kCancelled; ++i) {
        answers.push_back(client_.Call(stub_->async(), &Async::Ask,
                                       MakeQuestion("", 1, 3'600'000)));
      }
    }
    if (!Await(*last_stub, [&](const Counts& now) {
          return now.begun() == before.begun() + kCancelled;
        })) {
      return std::nullopt;
    }
    const Clock::time_point start = Clock::now();
    source.Cancel();
    bool all = true;
    for (weft::Future<Answer>& answer : answers) {
      try {
        std::move(answer).Get();
        all = false;
      } catch (const weft::CancelledError&) {
      }
    }
    all = Await(*last_stub,
                [&](const Counts& now) {
                  return now.cut_short() == before.cut_short() + kCancelled;
                }) &&
          all;
    if (!all) return std::nullopt;
    return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
  }

 private:
  weft::Task<Tally> Flow(int flow, int calls) {
    Tally tally;
    for (int number = flow; number < calls; number += kFlows) {
      const Expected expected = {.tenant = absl::StrCat("tenant-", number),
                                 .trace = weft::TraceContext::New(),
                                 .time = kTime + milliseconds(number % 1000)};
      const auto tenant = context_.tenant.WithScope(expected.tenant);
      const auto trace =
          weft::TraceContext::Storage().WithScope(expected.trace);
      const auto secret = context_.secret.WithScope("of the client");
      const weft::DeadlineScope until(weft::Deadline::In(expected.time));
      ++tally.calls;
      try {
        if (!co_await CallOnce(number, expected)) ++tally.mixed;
      } catch (const weft::DeadlineExceededError&) {
        ++tally.late;
      } catch (const weft::grpc::StatusError& error) {
        ++tally.failed;
        std::cerr << "call " << number << ": " << error.what() << '\n';
      }
    }
    co_return tally;
  }

  // Returns whether all that came back is this call's.
  weft::Task<bool> CallOnce(int number, const Expected& expected) {
    const std::string text = absl::StrCat("text ", number);
    constexpr int kMessages = 3;
    bool is_right = true;
    int answers = 0;
    switch (number % 4) {
      case 0: {
        weft::Future<Answer> answer =
            client_.Call(stub_->async(), &Async::Ask, MakeQuestion(text, 1));
        co_return IsOf(co_await std::move(answer), expected, text);
      }
      case 1: {
        auto stream = client_.ReadStream(stub_->async(), &Async::AskMany,
                                         MakeQuestion(text, kMessages));
        while (std::optional<Answer> answer = co_await stream.Read()) {
          ++answers;
          is_right = is_right && IsOf(*answer, expected, text);
        }
        co_await stream.Finish();
        co_return is_right&& answers == kMessages;
      }
      case 2: {
        auto stream = client_.WriteStream(stub_->async(), &Async::Collect);
        std::string all;
        for (int i = 0; i < kMessages; ++i) {
          all += text;
          co_await stream.Write(MakeQuestion(text, 1));
        }
        const Answer answer = co_await stream.Finish();
        co_return IsOf(answer, expected, all);
      }
      default: {
        auto stream = client_.Stream(stub_->async(), &Async::Talk);
        for (int i = 0; i < kMessages; ++i) {
          const std::string part = absl::StrCat(text, " ", i);
          co_await stream.Write(MakeQuestion(part, 1));
          const std::optional<Answer> answer = co_await stream.Read();
          is_right = is_right && answer && IsOf(*answer, expected, part);
        }
        co_await stream.Finish();
        co_return is_right;
      }
    }
  }

  Counts CountsOf(Hops::Stub& stub) {
    return client_.Call(stub.async(), &Async::Count, Question()).Get();
  }

  template <typename Condition>
  bool Await(Hops::Stub& stub, Condition condition) {
    const Clock::time_point end = Clock::now() + kCancellationTime;
    while (!condition(CountsOf(stub))) {
      if (Clock::now() > end) return false;
      std::this_thread::sleep_for(milliseconds(1));
    }
    return true;
  }

  weft::Executor& executor_;
  const HopContext& context_;
  const weft::grpc::Client client_;
  const std::unique_ptr<Hops::Stub> stub_;
};

// Has the client in Python make as many calls.
Tally RunPython(const std::string& address, int calls) {
  constexpr char kScript[] = "examples/grpc_client.py";
  constexpr char kModules[] =
      "examples/hops_proto_generated/weft/examples/grpc_server";
  if (!std::filesystem::exists(kScript) ||
      !std::filesystem::exists(std::string(kModules) + "/hops_pb2.py")) {
    throw std::runtime_error(
        absl::StrCat(kScript,
                     ": not here; start the demo by ./bazelw run "
                     "//examples:grpc_server -- --demo"));
  }
  // Debian's, which has its grpc.
  ReadProcess python("/usr/bin/python3",
                     {kScript, kModules, address, absl::StrCat(calls)});
  Tally tally;
  std::vector<std::int64_t*> counts = {&tally.calls, &tally.mixed, &tally.late,
                                       &tally.failed};
  const std::optional<std::string> line = python.ReadLine();
  std::string rest = line.value_or("");
  for (std::int64_t* const count : counts) {
    const std::size_t end = rest.find(' ');
    if (!absl::SimpleAtoi(rest.substr(0, end), count)) {
      throw std::runtime_error("the client in Python says: " +
                               line.value_or("nothing"));
    }
    rest = end == std::string::npos ? "" : rest.substr(end + 1);
  }
  if (python.process().Wait() != EXIT_SUCCESS) {
    throw std::runtime_error("the client in Python has failed");
  }
  return tally;
}

void Print(const char* client, const Tally& tally, Clock::duration time) {
  const std::chrono::duration<double> seconds = time;
  std::cout << absl::StrFormat(
                   "%-8s calls=%d mixed=%d late=%d failed=%d, %.0f calls/s",
                   client, tally.calls, tally.mixed, tally.late, tally.failed,
                   static_cast<double>(tally.calls) / seconds.count())
            << std::endl;
}

}  // namespace

int RunDemo(const DemoOptions& options) {
  Server last = StartServer(options.threads, "");
  Server middle = StartServer(options.threads, last.address);
  Server first = StartServer(options.threads, middle.address);
  std::cout << "servers  " << first.address << " asks " << middle.address
            << " asks " << last.address << std::endl;

  weft::Executor executor({.concurrency = options.threads});
  const HopContext context;
  Caller caller(executor, context, first.address);
  Tally all;
  Clock::time_point start = Clock::now();
  Tally tally = caller.Run(options.calls);
  Print("C++", tally, Clock::now() - start);
  all.Add(tally);

  start = Clock::now();
  tally = RunPython(first.address, options.calls);
  Print("Python", tally, Clock::now() - start);
  all.Add(tally);

  const std::optional<milliseconds> cancelled = caller.Cancel(last.address);
  if (cancelled) {
    std::cout << "cancel   " << kCancelled
              << " calls of the first server; the handlers of the last have "
                 "ended "
              << cancelled->count() << " ms later" << std::endl;
  }

  bool is_clean = true;
  for (Server* const server : {&first, &middle, &last}) {
    server->process->process().Signal(SIGTERM);
    is_clean = server->process->process().Wait() == EXIT_SUCCESS && is_clean;
  }
  if (!is_clean) std::cerr << "a server has failed\n";

  std::cout << absl::StrFormat(
                   "demo: calls=%d mixed=%d late=%d failed=%d hops=%d "
                   "cancelled=%d",
                   all.calls, all.mixed, all.late, all.failed, kServers,
                   cancelled ? kCancelled : 0)
            << std::endl;
  const bool is_good = all.mixed + all.late + all.failed == 0 &&
                       all.calls == 2 * options.calls && cancelled && is_clean;
  return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace hop_server
