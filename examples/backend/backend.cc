// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/backend/backend.h"

#include <exception>
#include <functional>
#include <memory>
#include <sstream>
#include <utility>

#include "boost/system/system_error.hpp"
#include "weft/executor/errors.h"
#include "weft/executor/future.h"
#include "weft/executor/patterns/retry.h"
#include "weft/executor/patterns/with_timeout.h"

namespace examples {
namespace {

using boost::asio::ip::tcp;

void Count(std::atomic<std::size_t>& count) {
  // relaxed: a number, read when all have ended.
  count.fetch_add(1, std::memory_order_relaxed);
}

bool IsBusy(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const BusyError&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

Backend::Backend(weft::Executor& executor, boost::asio::io_context& io,
                 tcp::endpoint store, const Options& options)
    : executor_(executor),
      options_(options),
      pool_(executor, io, store, options.store_connections),
      flights_(executor),
      server_(executor, io, std::bind_front(&Backend::Converse, this)) {
  for (std::size_t i = 0; i < options.tenants; ++i) {
    limiters_.push_back(std::make_unique<weft::RateLimiter>(
        executor,
        weft::RateLimiterOptions{.per_second = options.tenant_per_second,
                                 .burst = options.tenant_burst}));
  }
}

std::optional<Backend::Request> Backend::Parse(const std::string& line) {
  std::istringstream words(line);
  Request request;
  if (words >> request.id >> request.tenant >> request.key) return request;
  return std::nullopt;
}

weft::Task<> Backend::Converse(LineConnection client) {
  try {
    while (true) {
      std::optional<Request> request = Parse(co_await client.Read());
      if (!request || request->tenant >= limiters_.size()) break;
      Count(counts_.asked);
      weft::CancellationSource gone;
      weft::CancellationSource handled;
      weft::Future<std::string> answer;
      const std::string id = request->id;
      {
        const weft::CancellationScope scope(gone.token());
        answer = Spawn(executor_, Handle(*std::move(request)));
      }
      weft::Future<void> watch;
      {
        const weft::CancellationScope scope(handled.token());
        watch = Spawn(executor_, Watch(client, gone));
      }
      std::optional<std::string> line = co_await Await(id, std::move(answer));
      handled.Cancel();
      try {
        co_await std::move(watch);
      } catch (const weft::CancelledError&) {
        // It had not begun.
      }
      if (!line) break;
      co_await client.Write(*std::move(line));
    }
  } catch (const boost::system::system_error&) {
    // It has left.
  }
}

weft::Task<> Backend::Watch(LineConnection& client,
                            weft::CancellationSource& gone) {
  try {
    const std::string unasked = co_await client.Read();
  } catch (const weft::CancelledError&) {
    co_return;  // the request has been handled
  } catch (const boost::system::system_error&) {
  }
  gone.Cancel();
}

weft::Task<std::optional<std::string>> Backend::Await(
    std::string id, weft::Future<std::string> answer) {
  try {
    std::string line = co_await std::move(answer);
    Count(counts_.answered);
    co_return line;
  } catch (const weft::CancelledError&) {
    Count(counts_.cancelled);
    co_return std::nullopt;
  } catch (const weft::DeadlineExceededError&) {
    Count(counts_.expired);
    id += " expired";
  } catch (const std::exception&) {
    Count(counts_.failed);
    id += " failed";
  }
  co_return id;
}

weft::Task<std::string> Backend::Handle(Request request) {
  const std::string id = request.id;
  const auto scope = request_.WithScope(std::move(request));
  const std::string value = co_await weft::WithTimeout(
      options_.request_time, std::bind_front(&Backend::FindValue, this));
  // What the context says, after all those waits, is what this one asked for.
  const Request& here = request_.Store();
  if (here.id != id || value != "value-of-" + here.key) Count(counts_.mixed);
  co_return here.id + ' ' + value;
}

weft::Task<std::string> Backend::FindValue() {
  const Request& request = request_.Store();
  co_await limiters_[request.tenant]->Acquire();
  co_return co_await flights_.Do(
      request.key, std::bind_front(&Backend::Load, this, request.key));
}

weft::Task<std::string> Backend::Load(std::string key) {
  // A flight has the context of the request that began it.
  if (request_.Store().key != key) Count(counts_.mixed);
  const weft::RetryOptions options{.max_attempts = 4,
                                   .first_pause = std::chrono::milliseconds(2),
                                   .is_worth_retrying = IsBusy};
  co_return co_await weft::Retry(executor_, options,
                                 [&] { return pool_.Get(key); });
}

}  // namespace examples
