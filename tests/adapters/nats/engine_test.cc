// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine on NATS when something goes wrong: servers that are killed,
// workers that freeze, clients that send anything.
//
// Usage: engine_test, or engine_test --late_worker URL FOLDER, which the test
// of a frozen worker starts.

#include "weft/adapters/nats/engine.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nats/nats.h"
#include "tests/adapters/nats/server.h"
#include "tests/jobs/job_fixture.h"
#include "tests/support/count.h"
#include "weft/adapters/nats/engine_options.h"
#include "weft/context/deadline.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/errors.h"
#include "weft/jobs/job.h"
#include "weft/jobs/job_queue.h"
#include "weft/jobs/job_worker.h"
#include "weft/propagation/propagator.h"

namespace weft::jobs {
namespace {

using nats::EngineOptions;
using nats::SetUp;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::SizeIs;
using tests::Count;
using tests::NatsServer;

using namespace std::chrono_literals;

constexpr char kQueue[] = "q";

EngineOptions OptionsFor(const NatsServer& server) {
  return {.servers = server.url(),
          .queue = kQueue,
          .set_up = SetUp::kCreate,
          .on_trouble = nullptr};
}

// Waits until it holds.
void Until(const std::function<bool()>& holds) {
  while (!holds()) std::this_thread::yield();
}

std::string MessageOf(const std::function<void()>& make) {
  try {
    make();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "none";
}

class NatsEngineTest : public JobFixture,
                       public testing::WithParamInterface<int> {
 protected:
  NatsEngineTest() : JobFixture(GetParam()) {}

  NatsServer server;
};
INSTANTIATE_TEST_SUITE_P(Workers, NatsEngineTest, testing::Values(1, 2, 8),
                         testing::PrintToStringParamName());

// One that needs no more than one number of workers.
class NatsEngineOnceTest : public JobFixture {
 protected:
  NatsEngineOnceTest() : JobFixture(2) {}

  NatsServer server;
};

// Submitters and workers go on where they were, and each job has its own
// result.
TEST_P(NatsEngineTest, AServerThatIsKilledLosesNothing) {
  constexpr int kJobs = 400;
  constexpr int kKills = 2;
  nats::Engine there(OptionsFor(server));
  nats::Engine here(OptionsFor(server));
  JobWorkerOptions options = kAtOnce;
  options.lease = 2s;
  options.retry.max_attempts = 50;
  Count runs;
  JobWorker worker(there, executor, propagator, options);
  worker.Handle(kEcho, [&](const std::string& text) -> std::string {
    runs.Add();
    if (text != TenantHere()) throw NotWorthRetryingError("mixed");
    return "for " + text;
  });
  worker.Start();
  JobQueue queue(here, executor, propagator, {.max_unfinished = 50});
  std::vector<Future<std::string>> results;
  for (int i = 0; i < kJobs; ++i) {
    const std::string name = "t" + std::to_string(i);
    tenant.Run(name, [&] { results.push_back(queue.Submit(kEcho, name)); });
    if (i % (kJobs / kKills) == 100) {
      server.Kill();
      server.Start();
    }
  }
  for (int i = 0; i < kJobs; ++i) {
    EXPECT_EQ(results[static_cast<std::size_t>(i)].Get(),
              "for t" + std::to_string(i));
  }
  const JobCounts counts = here.counts();
  EXPECT_EQ(counts.submitted, kJobs);
  EXPECT_EQ(counts.succeeded, kJobs);
  EXPECT_EQ(counts.pending, 0);
  EXPECT_GE(runs.get(), kJobs);
}

// The server is not asked whether it was: it is told nothing for a while.
TEST_F(NatsEngineOnceTest, WhatIsNotConfirmedIsToldAndCanBeSubmittedAgain) {
  std::mutex mutex;
  std::vector<std::string> troubles;
  EngineOptions options = OptionsFor(server);
  options.tell_after = 2s;
  options.on_trouble = [&](const std::string& text) {
    const std::lock_guard lock(mutex);
    troubles.push_back(text);
  };
  const auto was_told = [&](std::string_view part) {
    const std::lock_guard lock(mutex);
    for (const std::string& text : troubles) {
      if (text.find(part) != std::string::npos) return true;
    }
    return false;
  };
  nats::Engine engine(options);
  JobQueue queue(engine, executor, propagator);
  server.Kill();
  Future<std::string> one = queue.Submit(kEcho, "1", {.dedup_id = "one"});
  Future<std::string> other = queue.Submit(kEcho, "2");
  EXPECT_THROW((void)one.Get(), JobLostError);
  EXPECT_THROW((void)other.Get(), JobLostError);
  EXPECT_EQ(engine.counts().lost, 2);
  Until([&] { return was_told("no connection"); });
  server.Start();
  Until([&] { return was_told("again"); });
  Count runs;
  nats::Engine patient(OptionsFor(server));
  JobWorker worker(patient, executor, propagator);
  worker.Handle(kEcho, [&](std::string text) {
    runs.Add();
    return text;
  });
  worker.Start();
  // Submits it until it is confirmed: a busy server may be as late again.
  const auto submit_one = [&] {
    for (;;) {
      try {
        return queue.Submit(kEcho, "1", {.dedup_id = "one"}).Get();
      } catch (const JobLostError&) {
      }
    }
  };
  EXPECT_EQ(submit_one(), "1");
  EXPECT_EQ(submit_one(), "1");
  EXPECT_EQ(runs.get(), 1);
}

// A connection that another program makes may have the port for a while.
TEST_F(NatsEngineOnceTest, AServerIsStartedAgainWhenItsPortIsFree) {
  const std::string url = server.url();
  server.Kill();
  const int other = socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(
      static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(other, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
  ASSERT_EQ(listen(other, 1), 0);
  std::thread leaves([&] {
    Until([&] {
      std::ifstream log(server.folder() + "/server.log");
      const std::string text(std::istreambuf_iterator<char>(log), {});
      return text.find("address already in use") != std::string::npos;
    });
    close(other);
  });
  server.Start();
  leaves.join();
  EXPECT_EQ(server.url(), url);
  const nats::Engine engine(OptionsFor(server));
}

TEST_F(NatsEngineOnceTest, AnEngineGoesWithoutItsServer) {
  std::optional<nats::Engine> engine(std::in_place, OptionsFor(server));
  std::optional<JobWorker> worker(std::in_place, *engine, executor, propagator);
  worker->Handle(kEcho, [](std::string text) { return text; });
  worker->Start();
  JobQueue queue(*engine, executor, propagator);
  EXPECT_EQ(queue.Submit(kEcho, "x").Get(), "x");
  server.Kill();
  Future<std::string> never = queue.Submit(kEcho, "y");
  worker.reset();
  engine.reset();
  EXPECT_THROW((void)never.Get(), JobLostError);
}

// Dedup ids are known to all, and after kill -9 of the server.
TEST_F(NatsEngineOnceTest, AJobThatHasEndedIsKnownElsewhereAndLater) {
  Count runs;
  {
    nats::Engine engine(OptionsFor(server));
    JobWorker worker(engine, executor, propagator);
    worker.Handle(kEcho, [&](std::string text) {
      runs.Add();
      return text;
    });
    worker.Start();
    JobQueue queue(engine, executor, propagator);
    EXPECT_EQ(queue.Submit(kEcho, "x", {.dedup_id = "a.b*c>=d"}).Get(), "x");
  }
  server.Kill();
  server.Start();
  nats::Engine engine(OptionsFor(server));
  JobQueue queue(engine, executor, propagator);
  EXPECT_EQ(queue.Submit(kEcho, "y", {.dedup_id = "a.b*c>=d"}).Get(), "x");
  EXPECT_EQ(runs.get(), 1);
  EXPECT_EQ(engine.counts().submitted, 0);
}

// Of two submitters of one job each is told.
TEST_F(NatsEngineOnceTest, TwoProcessesMayWaitForOneJob) {
  nats::Engine one(OptionsFor(server));
  nats::Engine other(OptionsFor(server));
  JobQueue first(one, executor, propagator);
  JobQueue second(other, executor, propagator);
  Future<std::string> a = first.Submit(kEcho, "1", {.dedup_id = "same"});
  Until([&] { return one.counts().submitted == 1; });
  Future<std::string> b = second.Submit(kEcho, "2", {.dedup_id = "same"});
  JobWorker worker(other, executor, propagator);
  worker.Handle(kEcho, [](std::string text) { return text; });
  worker.Start();
  EXPECT_EQ(a.Get(), "1");
  EXPECT_EQ(b.Get(), "1");
  EXPECT_EQ(other.counts().submitted, 0);
}

// Takes one lease.
class Taker : public Engine::Consumer {
 public:
  void Deliver(std::unique_ptr<Lease> lease) noexcept override {
    const std::lock_guard lock(mutex_);
    lease_ = std::move(lease);
  }
  std::unique_ptr<Lease> Take() {
    std::unique_ptr<Lease> taken;
    Until([&] {
      const std::lock_guard lock(mutex_);
      taken = std::move(lease_);
      return taken != nullptr;
    });
    return taken;
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<Lease> lease_;
};

// The server, not the worker's clock, has the last word.
TEST_F(NatsEngineOnceTest, AnEndAfterAnEndIsRefused) {
  nats::Engine engine(OptionsFor(server));
  const auto taker = std::make_shared<Taker>();
  const auto subscription =
      engine.Subscribe(taker, {.time = 1h, .max_attempts = 3});
  subscription->Request(1);
  JobQueue queue(engine, executor, propagator);
  std::optional<Future<std::string>> result;
  {
    // A job whose deadline had passed would not be delivered any more.
    const DeadlineScope scope(Deadline::In(2s));
    result = queue.Submit(kEcho, "x", {.dedup_id = "x"});
  }
  const std::unique_ptr<Lease> lease = taker->Take();
  EXPECT_THROW((void)result->Get(), DeadlineExceededError);
  EXPECT_TRUE(lease->Succeed("late"));  // as far as it knows
  Until([&] { return engine.counts().refused == 1; });
  EXPECT_THROW((void)queue.Submit(kEcho, "x", {.dedup_id = "x"}).Get(),
               DeadlineExceededError);
}

// Another worker takes a lease that was given back, at once and as if nobody
// had had it; so it is with what was on the way to one that has gone.
TEST_F(NatsEngineOnceTest, WhatIsGivenBackHasNotBeenTried) {
  nats::Engine engine(OptionsFor(server));
  JobQueue queue(engine, executor, propagator);
  Future<std::string> result = queue.Submit(kEcho, "x");
  for (int i = 0; i < 3; ++i) {
    const auto taker = std::make_shared<Taker>();
    const auto subscription =
        engine.Subscribe(taker, {.time = 1h, .max_attempts = 1});
    subscription->Request(1);
    const std::unique_ptr<Lease> lease = taker->Take();
    EXPECT_EQ(lease->job().attempt, 1);
    EXPECT_TRUE(lease->Return());
  }
  {
    const auto gone = std::make_shared<Taker>();
    engine.Subscribe(gone, {.time = 1h, .max_attempts = 1})->Request(5);
  }
  JobWorker worker(engine, executor, propagator,
                   {.lease = 1h, .retry = {.max_attempts = 1}});
  worker.Handle(kEcho, [](std::string text) { return text; });
  worker.Start();
  EXPECT_EQ(result.Get(), "x");
  EXPECT_EQ(engine.counts().redelivered, 0);
}

// Renewed after a third of it: by a busy machine too.
constexpr auto kShortLease = 2s;

bool IsThere(const std::string& file) { return std::filesystem::exists(file); }

// The other process of the next test: it says "begun", waits for "go", and is
// done when its result has been refused.
int RunLateWorker(const std::string& url, const std::string& folder) {
  Executor executor({.concurrency = 1});
  const Propagator propagator;
  nats::Engine engine({.servers = url, .queue = kQueue});
  JobWorker worker(engine, executor, propagator, {.lease = kShortLease});
  worker.Handle(kEcho, [&](const std::string&) {
    std::ofstream(folder + "/begun") << "begun";
    Until([&] { return IsThere(folder + "/go"); });
    return std::string("late");
  });
  worker.Start();
  Until([&] { return engine.counts().refused > 0; });
  return engine.counts().refused == 1 ? 0 : 1;
}

TEST_F(NatsEngineOnceTest, AWorkerThatWasFrozenPastItsLeaseIsRefused) {
  nats::Engine engine(OptionsFor(server));
  JobQueue queue(engine, executor, propagator);
  Count runs;
  // For the consumer that it makes, and nothing to do yet.
  JobWorker(engine, executor, propagator, {.lease = kShortLease}).Start();
  const std::string url = server.url();
  const std::string folder = server.folder();
  const pid_t late = fork();
  ASSERT_GE(late, 0);
  if (late == 0) {
    execl("/proc/self/exe", "engine_test", "--late_worker", url.c_str(),
          folder.c_str(), nullptr);
    _exit(127);
  }
  Future<std::string> result = queue.Submit(kEcho, "x");
  Until([&] { return IsThere(folder + "/begun"); });
  kill(late, SIGSTOP);
  JobWorker other(engine, executor, propagator, {.lease = kShortLease});
  other.Handle(kEcho, [&](const std::string&) {
    runs.Add();
    return std::string("in time");
  });
  other.Start();
  EXPECT_EQ(result.Get(), "in time");
  EXPECT_EQ(runs.get(), 1);
  EXPECT_EQ(engine.counts().redelivered, 1);
  std::ofstream(folder + "/go") << "go";
  kill(late, SIGCONT);
  int status = -1;
  ASSERT_EQ(waitpid(late, &status, 0), late);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// Whoever may send to the server may send anything.
TEST_F(NatsEngineOnceTest, WhatOthersSendIsNoHarm) {
  nats::Engine engine(OptionsFor(server));
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kEcho, [](std::string text) { return text + TenantHere(); });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  EXPECT_EQ(queue.Submit(kEcho, "x").Get(), "xnobody");
  natsConnection* connection = nullptr;
  ASSERT_EQ(natsConnection_ConnectTo(&connection, server.url().c_str()),
            NATS_OK);
  const auto send = [&](const char* subject, const char* name,
                        const char* value) {
    natsMsg* message = nullptr;
    ASSERT_EQ(natsMsg_Create(&message, subject, nullptr, "\0\r\n{}", 5),
              NATS_OK);
    if (name != nullptr) natsMsgHeader_Set(message, name, value);
    EXPECT_EQ(natsConnection_PublishMsg(connection, message), NATS_OK);
    natsMsg_Destroy(message);
  };
  send("weft.q.job.a", nullptr, nullptr);
  send("weft.q.job.b=4", "Weft-Job-Type", "\r\nWeft-Job-Type: echo");
  send("weft.q.job.c", "Weft-Job-Not-Before-Ms", "999999999999999999999");
  send("weft.q.end.a=", "Weft-Job-End", "no such end");
  send("weft.q.end.unknown", "Weft-Job-Attempts", "-99999999999999");
  send("weft.q.dead.a", "Weft-Job-Reason-Bytes", "99999");
  send("weft.q.note.a", nullptr, nullptr);
  natsConnection_Flush(connection);
  natsConnection_Destroy(connection);
  // Two jobs have no type, and one no handler: the dead letter that was forged
  // is of the first.
  std::vector<DeadLetter> dead;
  Until([&] {
    for (DeadLetter& letter : engine.TakeDeadLetters(10)) {
      dead.push_back(std::move(letter));
    }
    return dead.size() >= 3;
  });
  std::set<std::string> ids;
  for (const DeadLetter& letter : dead) ids.insert(letter.job.id);
  EXPECT_EQ(ids, (std::set<std::string>{"a", "b=4", "c"}));
  EXPECT_EQ(queue.Submit(kEcho, "y").Get(), "ynobody");
}

TEST_F(NatsEngineOnceTest, AHeaderThatCannotBeSentIsNamed) {
  nats::Engine engine(OptionsFor(server));
  const auto submit = [&](const std::string& name, const std::string& value) {
    return MessageOf([&] {
      engine.Submit(
          {.id = {}, .type = "echo", .payload = {}, .headers = {{name, value}}},
          {}, [](JobEnd) { ADD_FAILURE(); });
    });
  };
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{
           {"a b", "x"},
           {"a\r\nb", "x"},
           {"", "x"},
           {"NATS-Rollup", "all"},
           {"weft-job-type", "x"},
           {"a", "x\r\ny"},
           {"a", " x"},
           {"a", "x\xff"},
           {"a", std::string("x\0y", 3)}}) {
    EXPECT_THAT(submit(name, value), HasSubstr("'" + name + "'"));
  }
  EXPECT_THAT(submit("a", std::string(40'000, 'x')), HasSubstr("at most"));
  EXPECT_EQ(engine.counts().submitted, 0);
}

TEST_F(NatsEngineOnceTest, AFullQueueIsTold) {
  EngineOptions options = OptionsFor(server);
  options.max_stored_bytes = 10'000;
  nats::Engine engine(options);
  JobQueue queue(engine, executor, propagator);
  Future<std::string> fits = queue.Submit(kEcho, std::string(6'000, 'x'));
  EXPECT_THROW((void)queue.Submit(kEcho, std::string(6'000, 'y')).Get(),
               JobQueueFullError);
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kEcho, [](const std::string&) { return "done"; });
  worker.Start();
  EXPECT_EQ(fits.Get(), "done");
  EXPECT_EQ(engine.counts().submitted, 1);
}

TEST_F(NatsEngineOnceTest, AJobThatIsNotDoneInTimeIsLost) {
  EngineOptions options = OptionsFor(server);
  options.keep_for = 200ms;
  nats::Engine engine(options);
  JobQueue queue(engine, executor, propagator);
  // Not before what a server may take for its own clean-up.
  Future<std::string> result = queue.Submit(kEcho, "x");
  EXPECT_THROW((void)result.Get(), JobLostError);
  EXPECT_EQ(engine.counts().lost, 1);
}

TEST_F(NatsEngineOnceTest, WhatMustBeSetUpIsNamed) {
  EngineOptions options = OptionsFor(server);
  options.set_up = SetUp::kMustExist;
  const auto message = [&] {
    return MessageOf([&] { nats::Engine engine(options); });
  };
  EXPECT_THAT(message(),
              AllOf(HasSubstr("'weft_q_jobs'"), HasSubstr("weft.q.job.*")));
  nats::Engine maker(OptionsFor(server));
  EXPECT_EQ(message(), "none");
  nats::Engine engine(options);
  const auto subscribe = [&](Engine& given, Duration lease) {
    return MessageOf([&] {
      given.Subscribe(std::make_shared<Taker>(),
                      {.time = lease, .max_attempts = 1});
    });
  };
  EXPECT_THAT(subscribe(engine, 1s), HasSubstr("no consumer 'workers'"));
  EXPECT_EQ(subscribe(maker, 1s), "none");
  EXPECT_EQ(subscribe(engine, 1s), "none");
  EXPECT_THAT(subscribe(engine, 2s), HasSubstr("has a lease of 1000000000 ns"));
  EXPECT_EQ(subscribe(maker, 2s), "none");
}

TEST_F(NatsEngineOnceTest, OptionsOutOfRangeAreNamed) {
  const auto message = [](const std::function<void(EngineOptions&)>& change) {
    EngineOptions options{.queue = kQueue};
    options.tell_after = 1ms;
    change(options);
    return MessageOf([&] { nats::Engine engine(options); });
  };
  for (const char* const name : {"", "a b", "a.b", "*", ">", "a\n", "\xc3\xa4",
                                 "a-name-that-is-longer-than-32-chars"}) {
    EXPECT_THAT(message([&](EngineOptions& o) { o.queue = name; }),
                HasSubstr("EngineOptions::queue: '" + std::string(name)));
  }
  EXPECT_THAT(message([](EngineOptions& o) { o.keep_for = 0s; }),
              HasSubstr("EngineOptions::keep_for"));
  EXPECT_THAT(message([](EngineOptions& o) { o.replicas = 6; }),
              HasSubstr("EngineOptions::replicas: '6'"));
  EXPECT_THAT(message([](EngineOptions& o) { o.servers = ""; }),
              HasSubstr("EngineOptions::servers"));
  EXPECT_THAT(message([](EngineOptions& o) { o.key_file = "x"; }),
              HasSubstr("EngineOptions::key_file"));
  EXPECT_THAT(message([](EngineOptions& o) { o.ca_file = "/no/such"; }),
              HasSubstr("'ca_file'"));
  EXPECT_THAT(
      message([](EngineOptions& o) { o.servers = "nats://127.0.0.1:1"; }),
      HasSubstr("no connection to 'nats://127.0.0.1:1'"));
  nats::Engine engine(OptionsFor(server));
  JobQueue queue(engine, executor, propagator);
  EXPECT_THAT(MessageOf([&] { (void)queue.Submit(kPing, {.priority = 1}); }),
              HasSubstr("JobOptions::priority: 1"));
}

// Makes a certificate of an authority of its own, for 127.0.0.1.
void MakeCertificate(const std::string& folder) {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
      "-nodes -days 2 -subj /CN=localhost "
      "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout " +
      folder + "/key.pem -out " + folder + "/cert.pem 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

TEST_F(NatsEngineOnceTest, StrangersAreNotLetIn) {
  const std::string folder = server.folder();
  MakeCertificate(folder);
  NatsServer guarded({"--user", "ada", "--pass", "secret", "--tls", "--tlscert",
                      folder + "/cert.pem", "--tlskey", folder + "/key.pem"});
  const std::string address =
      guarded.url().substr(guarded.url().find("//") + 2);
  const auto message = [&](const std::string& servers,
                           const std::string& ca_file, Duration tell_after) {
    return MessageOf([&] {
      EngineOptions options = OptionsFor(guarded);
      options.servers = servers;
      options.ca_file = ca_file;
      options.tell_after = tell_after;
      nats::Engine engine(options);
    });
  };
  EXPECT_EQ(message("tls://ada:secret@" + address, folder + "/cert.pem", 30s),
            "none");
  EXPECT_THAT(
      message("tls://ada:wrong@" + address, folder + "/cert.pem", 500ms),
      HasSubstr("no connection"));
  // Of an authority that nobody knows.
  EXPECT_THAT(message("tls://ada:secret@" + address, "", 500ms),
              HasSubstr("no connection"));
}

}  // namespace
}  // namespace weft::jobs

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--late_worker") {
    return weft::jobs::RunLateWorker(argv[2], argv[3]);
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
