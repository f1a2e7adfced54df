// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "nats/nats.h"
#include "weft/benchmarks/workloads/nats_jobs/nats_jobs.h"

namespace weft::benchmarks::nats_jobs {
namespace {

void Check(natsStatus status, const char* what) {
  if (status == NATS_OK) return;
  throw std::runtime_error(std::string(what) + ": " +
                           natsStatus_GetText(status));
}

template <typename T, void (*kDestroy)(T*)>
struct Destroyer {
  void operator()(T* object) const { kDestroy(object); }
};
using Connection =
    std::unique_ptr<natsConnection,
                    Destroyer<natsConnection, natsConnection_Destroy>>;
using Context = std::unique_ptr<jsCtx, Destroyer<jsCtx, jsCtx_Destroy>>;
using Subscription =
    std::unique_ptr<natsSubscription,
                    Destroyer<natsSubscription, natsSubscription_Destroy>>;

Context MakeContext(natsConnection* connection) {
  jsCtx* context = nullptr;
  jsOptions options;
  jsOptions_Init(&options);
  options.PublishAsync.MaxPending = static_cast<std::int64_t>(kUnfinished);
  Check(natsConnection_JetStream(&context, connection, &options), "JetStream");
  return Context(context);
}

void MakeStream(jsCtx* context, const std::string& name,
                const std::string& subjects) {
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  const char* subject = subjects.c_str();
  config.Name = name.c_str();
  config.Subjects = &subject;
  config.SubjectsLen = 1;
  config.MaxMsgsPerSubject = 1;
  config.Discard = js_DiscardNew;
  config.MaxAge = std::chrono::nanoseconds(std::chrono::minutes(5)).count();
  config.Duplicates = std::chrono::nanoseconds(std::chrono::seconds(1)).count();
  Check(js_AddStream(nullptr, context, &config, nullptr, nullptr), "a stream");
}

// Stores it, if there is none.
void Publish(jsCtx* context, const std::string& subject,
             const std::string& data) {
  natsMsg* message = nullptr;
  Check(natsMsg_Create(&message, subject.c_str(), nullptr, data.data(),
                       static_cast<int>(data.size())),
        "a message");
  natsMsgHeader_Set(message, "Type", "reverse");
  natsMsgHeader_Set(message, "Nats-Expected-Last-Subject-Sequence", "0");
  const natsStatus status = js_PublishMsgAsync(context, &message, nullptr);
  natsMsg_Destroy(message);  // null if it was taken
  Check(status, "to publish");
}

void AwaitPublished(jsCtx* context) {
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MaxWait = 60'000;
  Check(js_PublishAsyncComplete(context, &options), "to have it published");
}

std::string DataOf(natsMsg* message) {
  return {natsMsg_GetData(message),
          static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

// Who submits, and is told of results.
struct Submitter {
  static void OnResult(natsConnection*, natsSubscription*, natsMsg* message,
                       void* submitter) {
    static_cast<Submitter*>(submitter)->Take(message);
    natsMsg_Destroy(message);
  }
  void Take(natsMsg* message) {
    const std::string_view subject = natsMsg_GetSubject(message);
    const int number =
        std::stoi(std::string(subject.substr(subject.rfind('.') + 1)));
    const bool is_right = DataOf(message) == ResultOf(PayloadOf(number));
    const std::lock_guard lock(mutex);
    right += is_right;
    ++ended;
    changed.notify_one();
  }

  std::mutex mutex;
  std::condition_variable changed;
  int ended = 0;
  std::int64_t right = 0;
};

// Takes jobs, does them, stores the results, and acknowledges.
void Work(natsConnection* connection, const std::string& jobs,
          const std::string& ends) {
  const Context context = MakeContext(connection);
  natsSubscription* made = nullptr;
  Check(js_PullSubscribe(&made, context.get(), (jobs + ".*").c_str(), "workers",
                         nullptr, nullptr, nullptr),
        "a consumer");
  const Subscription subscription(made);
  for (int done = 0; done < kJobs;) {
    natsMsgList taken{};
    const natsStatus status = natsSubscription_Fetch(
        &taken, made, static_cast<int>(kInFlight), 1'000, nullptr);
    if (status == NATS_TIMEOUT) continue;
    Check(status, "to fetch");
    for (int i = 0; i < taken.Count; ++i) {
      const std::string_view subject = natsMsg_GetSubject(taken.Msgs[i]);
      Publish(context.get(),
              ends + std::string(subject.substr(subject.rfind('.'))),
              ResultOf(DataOf(taken.Msgs[i])));
    }
    AwaitPublished(context.get());
    for (int i = 0; i < taken.Count; ++i) {
      Check(natsMsg_Ack(taken.Msgs[i], nullptr), "to acknowledge");
    }
    done += taken.Count;
    natsMsgList_Destroy(&taken);
  }
}

}  // namespace

double Libnats(int) {
  static int queues = 0;
  const std::string name = "libnats-" + std::to_string(++queues);
  const std::string jobs = name + ".job";
  const std::string ends = name + ".end";
  natsConnection* made = nullptr;
  Check(natsConnection_ConnectTo(&made, ServerUrl().c_str()), "to connect");
  const Connection connection(made);
  const Context context = MakeContext(made);
  MakeStream(context.get(), name + "-jobs", jobs + ".*");
  MakeStream(context.get(), name + "-ends", ends + ".*");
  Submitter submitter;
  natsSubscription* results = nullptr;
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Ordered = true;
  Check(
      js_Subscribe(&results, context.get(), (ends + ".*").c_str(),
                   Submitter::OnResult, &submitter, nullptr, &options, nullptr),
      "a reader");
  std::future<void> worker =
      std::async(std::launch::async, [&] { Work(made, jobs, ends); });
  const double ns = NsPerOperation(kJobs, [&] {
    std::unique_lock lock(submitter.mutex);
    for (int i = 0; i < kJobs; ++i) {
      submitter.changed.wait(lock, [&] {
        return i - submitter.ended < static_cast<int>(kUnfinished);
      });
      lock.unlock();
      Publish(context.get(), jobs + '.' + std::to_string(i), PayloadOf(i));
      lock.lock();
    }
    submitter.changed.wait(lock, [&] { return submitter.ended == kJobs; });
  });
  worker.get();
  natsSubscription_Unsubscribe(results);
  natsSubscription_Destroy(results);
  CheckAnswer(submitter.right, kJobs);
  return ns;
}

}  // namespace weft::benchmarks::nats_jobs
