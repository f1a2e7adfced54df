// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A backend on Boost.Asio, and the load that it bears: what a service is made
// of, and nothing mixed up.
//
//   ./bazelw run -c opt //examples:backend -- --clients=200 --requests=100
//
// Each request has a context of its own (backend.cc), a deadline, and is
// cancelled if its client leaves. It waits for its tenant's share
// (RateLimiter); requests for the same value share one question to the store
// (SingleFlight), which is asked again while it is busy (Retry), over a bounded
// number of connections (AsyncSemaphore, store_pool.cc). Clients, backend and
// store are coroutines in this process, and speak over loopback.
//
// The last line says what became of the requests, and whether any met the
// context, or got the answer, of another.

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <thread>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "weft/context/cancellation.h"
#include "weft/examples/backend/backend.h"
#include "weft/examples/backend/clients.h"
#include "weft/examples/backend/store.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"

ABSL_FLAG(std::size_t, clients, 64, "how many clients ask at the same time");
ABSL_FLAG(std::size_t, requests, 50, "how often each of them asks");
ABSL_FLAG(int, workers, 2, "how many threads work on requests, 1 to 1024");

namespace examples {
namespace {

// A thread that runs an io_context until this dies.
class IoThread {
 public:
  IoThread() = default;
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  ~IoThread() {
    guard_.reset();
    thread_.join();
  }
  boost::asio::io_context& get() noexcept { return io_; }

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
      guard_{io_.get_executor()};
  std::thread thread_{[this] { io_.run(); }};
};

// Returns true if each request was accounted for, and none was mixed up.
bool RunDemo(const ClientOptions& options, int workers) {
  IoThread io;
  weft::Executor executor({.concurrency = workers});
  Store store(executor, io.get());
  Backend backend(executor, io.get(), store.endpoint(), {});
  weft::CancellationSource over;
  weft::Future<void> store_served;
  weft::Future<void> backend_served;
  {
    const weft::CancellationScope scope(over.token());
    store_served = Spawn(executor, store.Serve());
    backend_served = Spawn(executor, backend.Serve());
  }
  std::atomic<std::size_t> wrong{0};
  Spawn(executor,
        RunClients(executor, io.get(), backend.endpoint(), options, wrong))
      .Get();
  over.Cancel();
  backend_served.Get();
  Spawn(executor, backend.Disconnect()).Get();
  store_served.Get();
  executor.Drain();  // what was cancelled comes to its end
  const auto value = [](const std::atomic<std::size_t>& count) {
    return count.load(std::memory_order_relaxed);  // relaxed: all have ended.
  };
  const RequestCounts& counts = backend.counts();
  const std::size_t mixed = value(counts.mixed) + value(wrong);
  std::printf(
      "backend: asked=%zu answered=%zu cancelled=%zu expired=%zu failed=%zu "
      "mixed=%zu\n",
      value(counts.asked), value(counts.answered), value(counts.cancelled),
      value(counts.expired), value(counts.failed), mixed);
  return mixed == 0 && value(counts.asked) ==
                           value(counts.answered) + value(counts.cancelled) +
                               value(counts.expired) + value(counts.failed);
}

}  // namespace
}  // namespace examples

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("a backend under load; see main.cc");
  absl::ParseCommandLine(argc, argv);
  const examples::ClientOptions options{
      .clients = absl::GetFlag(FLAGS_clients),
      .requests = absl::GetFlag(FLAGS_requests)};
  try {
    return examples::RunDemo(options, absl::GetFlag(FLAGS_workers)) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "backend: %s\n", error.what());
    return 1;
  }
}
