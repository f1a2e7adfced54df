// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine on NATS when what it stands on fails: a disk is full, a consumer
// is deleted, a submitter is killed, messages are as large as they may be.
//
// Usage: failures_test, or failures_test --submitter URL FILE, which the test
// of a submitter that is killed starts.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nats/nats.h"
#include "tests/adapters/nats/server.h"
#include "tests/jobs/job_fixture.h"
#include "tests/support/count.h"
#include "weft/adapters/nats/engine.h"
#include "weft/adapters/nats/engine_options.h"
#include "weft/examples/process/child_process.h"
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
using testing::HasSubstr;
using tests::Count;
using tests::NatsServer;

using namespace std::chrono_literals;

constexpr char kQueue[] = "q";

// Waits until it holds.
void Until(const std::function<bool()>& holds) {
  while (!holds()) std::this_thread::yield();
}

EngineOptions OptionsFor(const NatsServer& server) {
  EngineOptions options;
  options.servers = server.url();
  options.queue = kQueue;
  options.set_up = SetUp::kCreate;
  return options;
}

// The times that the job of each text was begun.
class Runs {
 public:
  void Add(const std::string& text) {
    const std::lock_guard lock(mutex_);
    ++runs_[text];
  }
  std::map<std::string, int> get() const {
    const std::lock_guard lock(mutex_);
    return runs_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int> runs_;
};

// What was told to the operator.
class Troubles {
 public:
  void AddTo(EngineOptions& options) {
    options.on_trouble = [this](const std::string& text) {
      const std::lock_guard lock(mutex_);
      texts_ += text + '\n';
    };
  }
  bool Have(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    return texts_.find(part) != std::string::npos;
  }

 private:
  mutable std::mutex mutex_;
  std::string texts_;
};

// A connection of an operator's.
class Operator {
 public:
  explicit Operator(const NatsServer& server) {
    Check(natsConnection_ConnectTo(&connection_, server.url().c_str()));
    Check(natsConnection_JetStream(&context_, connection_, nullptr));
  }
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;
  ~Operator() {
    jsCtx_Destroy(context_);
    natsConnection_Destroy(connection_);
  }
  jsCtx* context() const noexcept { return context_; }

  static void Check(natsStatus status) {
    if (status == NATS_OK) return;
    const char* const last = nats_GetLastError(nullptr);
    throw std::runtime_error(std::string(natsStatus_GetText(status)) + ": " +
                             (last != nullptr ? last : ""));
  }

 private:
  natsConnection* connection_ = nullptr;
  jsCtx* context_ = nullptr;
};

// Stands where a server has listened, and ends as one that is killed when the
// client has said hello.
class DyingServer {
 public:
  explicit DyingServer(const std::string& url)
      : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int reuse = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(
        static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    Check(bind(listener_, reinterpret_cast<const sockaddr*>(&address),
               sizeof(address)));
    Check(listen(listener_, 1));
  }
  DyingServer(const DyingServer&) = delete;
  DyingServer& operator=(const DyingServer&) = delete;
  ~DyingServer() { Die(); }

  // Waits for a client, greets it, hears it, and dies.
  void GreetOne() {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    Check(client);
    constexpr std::string_view kInfo =
        R"(INFO {"server_id":"a","version":"2.9.10","proto":1,)"
        R"("max_payload":1048576})"
        "\r\n";
    Check(static_cast<int>(
        send(client, kInfo.data(), kInfo.size(), MSG_NOSIGNAL)));
    std::string heard;
    while (heard.find("PING") == heard.npos) {
      char buffer[512];
      const ssize_t size = recv(client, buffer, sizeof(buffer), 0);
      if (size <= 0) break;
      heard.append(buffer, static_cast<std::size_t>(size));
    }
    Die();
    close(client);
  }

 private:
  static void Check(int result) {
    if (result < 0) throw std::system_error(errno, std::generic_category());
  }
  void Die() noexcept {
    if (listener_ >= 0) close(std::exchange(listener_, -1));
  }

  int listener_;
};

class NatsFailuresTest : public JobFixture,
                         public testing::WithParamInterface<int> {
 protected:
  NatsFailuresTest() : JobFixture(GetParam()) {}

  NatsServer server;
};
INSTANTIATE_TEST_SUITE_P(Workers, NatsFailuresTest, testing::Values(1, 2, 8),
                         testing::PrintToStringParamName());

// One that needs no more than one number of workers.
class NatsFailuresOnceTest : public JobFixture {
 protected:
  NatsFailuresOnceTest() : JobFixture(2) {}
};

// Its first client is answered by nobody; the server is back later.
TEST_F(NatsFailuresOnceTest, AServerThatDiesInTheGreetingIsTriedAgain) {
  NatsServer server;
  server.Kill();
  DyingServer dying(server.url());
  EngineOptions options = OptionsFor(server);
  options.tell_after = 60s;
  std::future<std::unique_ptr<nats::Engine>> connected = std::async(
      std::launch::async,
      [&options] { return std::make_unique<nats::Engine>(options); });
  dying.GreetOne();
  server.Start();
  const std::unique_ptr<nats::Engine> connected_engine = connected.get();
  nats::Engine& engine = *connected_engine;
  JobQueue queue(engine, executor, propagator);
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kEcho, [](std::string text) { return text; });
  worker.Start();
  EXPECT_EQ(queue.Submit(kEcho, "one").Get(), "one");
}

// It is told, and made again. What has ended before does not begin again.
TEST_P(NatsFailuresTest, AConsumerThatIsDeletedIsMadeAgain) {
  constexpr int kJobs = 60;
  Troubles troubles;
  EngineOptions options = OptionsFor(server);
  troubles.AddTo(options);
  nats::Engine engine(options);
  Runs runs;
  const auto handle = [&](std::string text) {
    runs.Add(text);
    return text;
  };
  JobWorker worker(engine, executor, propagator, {.max_in_flight = 4});
  worker.Handle(kEcho, handle);
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  const auto submit = [&](int first, int last) {
    std::vector<Future<std::string>> results;
    for (int i = first; i < last; ++i) {
      results.push_back(queue.Submit(kEcho, std::to_string(i)));
    }
    for (int i = first; i < last; ++i) {
      EXPECT_EQ(results[static_cast<std::size_t>(i - first)].Get(),
                std::to_string(i));
    }
  };
  submit(0, kJobs);
  const Operator one(server);
  // The server may complain of its own file, and has deleted it all the same.
  js_DeleteConsumer(one.context(), "weft_q_jobs", "workers", nullptr, nullptr);
  submit(kJobs, 2 * kJobs);
  EXPECT_TRUE(troubles.Have("has no consumer 'workers'"));
  // A worker that comes later knows it too.
  nats::Engine later(OptionsFor(server));
  JobWorker other(later, executor, propagator, {.max_in_flight = 4});
  other.Handle(kEcho, handle);
  other.Start();
  submit(2 * kJobs, 3 * kJobs);
  worker.Stop();
  submit(3 * kJobs, 4 * kJobs);
  const std::map<std::string, int> begun = runs.get();
  EXPECT_EQ(begun.size(), 4u * kJobs);
  for (const auto& [text, times] : begun) EXPECT_EQ(times, 1) << text;
}

// A server that is killed while it writes how far its consumer was comes back
// without that, and delivers all jobs that it keeps. None is begun again. What
// is known of the old ones is not taken for known of others, in a stream that
// was made anew and so counts from 1 again.
TEST_P(NatsFailuresTest, AServerThatForgetsItsConsumerDoesNotBeginJobsAgain) {
  constexpr int kOld = 3000;
  constexpr int kPoison = 3;  // among the old ones
  constexpr int kNew = 200;
  constexpr int kRounds = 2;
  nats::Engine there(OptionsFor(server));
  nats::Engine here(OptionsFor(server));
  Runs runs;
  JobWorkerOptions worker_options = kAtOnce;
  worker_options.max_in_flight = 4;
  worker_options.lease = 5s;
  JobWorker worker(there, executor, propagator, worker_options);
  worker.Handle(kEcho, [&](std::string text) {
    runs.Add(text);
    if (text.starts_with("poison")) throw NotWorthRetryingError(text);
    return text;
  });
  worker.Start();
  JobQueue queue(here, executor, propagator, {.max_unfinished = kOld});
  std::vector<Future<std::string>> results;
  const auto submit = [&](int count, const std::string& name) {
    results.clear();
    for (int i = 0; i < count; ++i) {
      results.push_back(queue.Submit(kEcho, name + std::to_string(i)));
    }
  };
  const auto expect_results = [&](const std::string& name) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      EXPECT_EQ(results[i].Get(), name + std::to_string(i));
    }
  };
  submit(kPoison, "poison");
  for (auto& result : results) EXPECT_THROW((void)result.Get(), JobFailedError);
  submit(kOld, "old");
  expect_results("old");
  const std::string state = server.folder() +
                            "/store/jetstream/$G/streams/weft_q_jobs/obs/"
                            "workers/o.dat";
  for (int round = 0; round < kRounds; ++round) {
    server.Kill();
    ASSERT_TRUE(std::filesystem::exists(state));
    std::filesystem::resize_file(state, 0);
    server.Start();
    const std::string name = "new" + std::to_string(round) + '-';
    submit(kNew, name);
    expect_results(name);
  }
  const Operator one(server);
  Operator::Check(
      js_DeleteStream(one.context(), "weft_q_jobs", nullptr, nullptr));
  const nats::Engine maker(OptionsFor(server));
  submit(kNew, "last");
  expect_results("last");
  const std::map<std::string, int> begun = runs.get();
  EXPECT_EQ(begun.size(),
            static_cast<std::size_t>(kPoison + kOld + (kRounds + 1) * kNew));
  for (const auto& [text, times] : begun) EXPECT_EQ(times, 1) << text;
  EXPECT_EQ(there.counts().redelivered, 0);
  EXPECT_EQ(here.counts().failed, kPoison);
  EXPECT_EQ(here.TakeDeadLetters(10).size(), static_cast<std::size_t>(kPoison));
}

// What cannot be stored is told; with room again all goes on.
TEST_F(NatsFailuresOnceTest, AFullDiskIsToldAndGoesBy) {
  const std::string config =
      std::string(std::getenv("TEST_TMPDIR")) + "/full_disk.conf";
  std::ofstream(config) << "jetstream { max_file_store: 2MB }\n";
  NatsServer server({"--config=" + config});
  EngineOptions options = OptionsFor(server);
  options.tell_after = 2s;
  nats::Engine engine(options);
  const Operator one(server);
  jsStreamConfig filler;
  jsStreamConfig_Init(&filler);
  const char* subject = "filler";
  filler.Name = "filler";
  filler.Subjects = &subject;
  filler.SubjectsLen = 1;
  Operator::Check(
      js_AddStream(nullptr, one.context(), &filler, nullptr, nullptr));
  const std::string block(200'000, 'x');
  while (js_Publish(nullptr, one.context(), subject, block.data(),
                    static_cast<int>(block.size()), nullptr,
                    nullptr) == NATS_OK) {
  }
  Runs runs;
  JobWorker worker(engine, executor, propagator, kAtOnce);
  worker.Handle(kEcho, [&](std::string text) {
    runs.Add(text);
    return text;
  });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  const std::string large(150'000, 'y');
  // Maybe a little fits still.
  int accepted = 0;
  std::string told;
  for (; told.empty(); ++accepted) {
    ASSERT_LT(accepted, 20);
    try {
      queue.Submit(kEcho, large, {.dedup_id = "a" + std::to_string(accepted)})
          .Get();
    } catch (const JobLostError& error) {
      told = error.what();
    } catch (const JobQueueFullError& error) {
      told = error.what();
    }
  }
  EXPECT_THAT(told, HasSubstr("resource"));
  Operator::Check(
      js_DeleteStream(one.context(), filler.Name, nullptr, nullptr));
  const std::string last = "a" + std::to_string(accepted - 1);
  EXPECT_EQ(queue.Submit(kEcho, large, {.dedup_id = last}).Get(), large);
  EXPECT_EQ(queue.Submit(kEcho, "small").Get(), "small");
}

// As large as may be, there and back, more than the sockets hold; with a server
// that stands still in between.
TEST_P(NatsFailuresTest, TheLargestPayloadsGoThereAndBack) {
  constexpr std::size_t kJobs = 24;
  nats::Engine there(OptionsFor(server));
  nats::Engine here(OptionsFor(server));
  JobWorker worker(there, executor, propagator, {.max_in_flight = kJobs});
  Count runs;
  worker.Handle(kEcho, [&](const std::string& text) {
    runs.Add();
    return std::string(text.rbegin(), text.rend());
  });
  JobQueue queue(here, executor, propagator, {.max_unfinished = kJobs});
  const std::size_t most = here.max_bytes();
  const auto payload = [&](std::size_t number) {
    std::string text(most, static_cast<char>('a' + number % 26));
    text.replace(0, 4, std::to_string(1000 + number));
    return text;
  };
  std::vector<Future<std::string>> results;
  for (std::size_t i = 0; i < kJobs; ++i) {
    results.push_back(queue.Submit(kEcho, payload(i)));
    if (i == kJobs / 2) server.Freeze();
  }
  server.Thaw();
  worker.Start();
  for (std::size_t i = 0; i < kJobs; ++i) {
    const std::string text = payload(i);
    EXPECT_TRUE(results[i].Get() == std::string(text.rbegin(), text.rend()));
  }
  EXPECT_EQ(here.counts().succeeded, static_cast<std::int64_t>(kJobs));
  EXPECT_EQ(runs.get(), static_cast<int>(kJobs));
}

// Whoever is slow to be told holds up nobody, and is told all.
TEST_F(NatsFailuresOnceTest, ASubmitterThatIsSlowIsToldAll) {
  constexpr int kJobs = 2000;
  NatsServer server;
  nats::Engine there(OptionsFor(server));
  nats::Engine slow(OptionsFor(server));
  JobWorker worker(there, executor, propagator);
  Count runs;
  worker.Handle(kEcho, [&](std::string text) {
    runs.Add();
    return text;
  });
  worker.Start();
  std::mutex gate;
  Count told;
  gate.lock();
  for (int i = 0; i < kJobs; ++i) {
    slow.Submit(
        {.id = {}, .type = "echo", .payload = std::to_string(i), .headers = {}},
        {}, [&, i](JobEnd end) {
          // It must not block, and does.
          const std::lock_guard lock(gate);
          EXPECT_EQ(end.result, std::to_string(i));
          told.Add();
        });
  }
  Until([&] { return runs.get() == kJobs; });
  gate.unlock();
  Until([&] { return told.get() == kJobs; });
  EXPECT_EQ(slow.counts().succeeded, kJobs);
  EXPECT_EQ(runs.get(), kJobs);
}

constexpr int kOfTheKilled = 20;

// The process of the next test that is killed: it submits jobs, and says so
// before any can be confirmed.
int RunSubmitter(const std::string& url, const std::string& file) {
  Executor executor({.concurrency = 1});
  const Propagator propagator;
  EngineOptions options;
  options.servers = url;
  options.queue = kQueue;
  nats::Engine engine(options);
  JobQueue queue(engine, executor, propagator);
  std::ofstream(file + ".connected") << "connected";
  Until([&] { return std::filesystem::exists(file + ".frozen"); });
  std::vector<Future<std::string>> results;
  for (int i = 0; i < kOfTheKilled; ++i) {
    const std::string text = std::to_string(i);
    results.push_back(queue.Submit(kEcho, text, {.dedup_id = "job" + text}));
  }
  std::ofstream(file + ".submitted") << "submitted";
  for (auto& result : results) result.Get();
  return 1;  // it was to be killed
}

// Whether its jobs have arrived or not: who submits them again has each done
// once.
TEST_P(NatsFailuresTest, ASubmitterThatIsKilledBeforeItIsToldLosesNothing) {
  nats::Engine engine(OptionsFor(server));
  const std::string file = server.folder() + "/submitter";
  examples::ChildProcess submitter(examples::kThisProgram,
                                   {"--submitter", server.url(), file});
  Until([&] { return std::filesystem::exists(file + ".connected"); });
  server.Freeze();
  std::ofstream(file + ".frozen") << "frozen";
  Until([&] { return std::filesystem::exists(file + ".submitted"); });
  submitter.Signal(SIGKILL);
  submitter.Wait();
  server.Thaw();
  Runs runs;
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kEcho, [&](std::string text) {
    runs.Add(text);
    return text;
  });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  std::vector<Future<std::string>> results;
  for (int i = 0; i < kOfTheKilled; ++i) {
    const std::string text = std::to_string(i);
    results.push_back(queue.Submit(kEcho, text, {.dedup_id = "job" + text}));
  }
  for (int i = 0; i < kOfTheKilled; ++i) {
    EXPECT_EQ(results[static_cast<std::size_t>(i)].Get(), std::to_string(i));
  }
  const std::map<std::string, int> begun = runs.get();
  EXPECT_EQ(begun.size(), static_cast<std::size_t>(kOfTheKilled));
  for (const auto& [text, times] : begun) EXPECT_EQ(times, 1) << text;
}

// Each has its dead letter with its reason, and no other job has one.
TEST_P(NatsFailuresTest, PoisonIsInTheDeadLettersWhoeverIsKilled) {
  constexpr int kJobs = 150;
  nats::Engine there(OptionsFor(server));
  nats::Engine here(OptionsFor(server));
  JobWorkerOptions options = kAtOnce;
  options.lease = 2s;
  options.retry.max_attempts = 50;
  JobWorker worker(there, executor, propagator, options);
  worker.Handle(kEcho, [](std::string text) {
    if (std::stoi(text) % 3 == 0) throw NotWorthRetryingError("no " + text);
    return text;
  });
  worker.Start();
  JobQueue queue(here, executor, propagator);
  std::vector<Future<std::string>> results;
  for (int i = 0; i < kJobs; ++i) {
    const std::string text = std::to_string(i);
    results.push_back(queue.Submit(kEcho, text, {.dedup_id = "job" + text}));
    if (i == kJobs / 2) {
      server.Kill();
      server.Start();
    }
  }
  for (int i = 0; i < kJobs; ++i) {
    Future<std::string>& result = results[static_cast<std::size_t>(i)];
    if (i % 3 != 0) {
      EXPECT_EQ(result.Get(), std::to_string(i));
    } else {
      EXPECT_THROW((void)result.Get(), JobFailedError);
    }
  }
  std::map<std::string, std::string> reasons;
  Until([&] {
    for (const DeadLetter& letter : here.TakeDeadLetters(10)) {
      reasons[letter.job.payload] = letter.reason;
    }
    return reasons.size() >= kJobs / 3;
  });
  EXPECT_EQ(reasons.size(), static_cast<std::size_t>(kJobs / 3));
  for (const auto& [text, reason] : reasons) {
    EXPECT_EQ(std::stoi(text) % 3, 0);
    EXPECT_THAT(reason, HasSubstr("no " + text));
  }
}

}  // namespace
}  // namespace weft::jobs

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--submitter") {
    return weft::jobs::RunSubmitter(argv[2], argv[3]);
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
