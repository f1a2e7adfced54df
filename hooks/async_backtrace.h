// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/async_backtrace.h
// -----------------------------------------------------------------------------
//
// `AsyncBacktrace` says what led here: where the running task was submitted,
// where the task was submitted that did that, and so on, across threads, timers
// and continuations, which a stack does not show. It is a number, to be kept
// with a log line, an error or a connection.
//
// Example:
//
//   weft::observe::StartCauses();
//   weft::observe::SetLevel(weft::observe::Level::kFlight);
//   ...
//   std::cerr << "lost the connection\n"
//             << weft::AsyncBacktrace::Here().ToString();
//
//   lost the connection
//     TIMEOUT from client.cc:57 (void Client::Retry())
//     TASK from server.cc:42 (void Serve())
//
// Until causes are kept (observe/causes.h) it knows the running task's own
// site, and no more.
//
// Node counterpart: long stack traces, which V8 has for `await`.

#ifndef WEFT_HOOKS_ASYNC_BACKTRACE_H_
#define WEFT_HOOKS_ASYNC_BACKTRACE_H_

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

#include "weft/base/language.h"
#include "weft/hooks/internal/causes.h"
#include "weft/hooks/resource.h"

namespace weft {

// A place in the source where a resource was made.
struct AsyncSite {
  // The type of the resource, at most 23 characters of it.
  std::string_view type;
  // Where it was made.
  std::source_location where;
  // True if it stands for several in a row that are equal, as of a task that
  // posts itself again.
  bool repeats = false;
};

// AsyncBacktrace
//
// A chain of sites, the latest first. It is walked as a list:
//
//   for (auto at = AsyncBacktrace::Here(); !at.empty(); at = at.cause()) {
//     Show(at.site());
//   }
//
// A cause is the code that ran when a resource was made. So a continuation
// comes from the call of `Then()`, and not from where the future was settled; a
// coroutine from where it was spawned.
//
// Thread-safety: immutable, a value of four bytes. It keeps nothing alive.
// Lifetime: it is good for as long as the process runs. Do not show one with
//   sites of a shared library that has been unloaded: their strings are gone.
// Memory: 600 KB of zero-initialized static memory, which takes pages only as
//   it is used. If 7,000 chains are not enough, further ones are cut to their
//   last site.
// Cost: a look-up; it allocates nothing and takes a lock only for a chain that
//   is new.
class AsyncBacktrace {
 public:
  // The most sites of a chain; what comes before them is cut off.
  static constexpr std::size_t kMaxSites = hooks_internal::kMaxSites;

  // An empty one.
  constexpr AsyncBacktrace() noexcept = default;

  // Returns the one of the running resource; empty where no task or other
  // resource runs.
  static AsyncBacktrace Here() noexcept;
  // Returns the one of `resource`, of which the calling thread knows that it
  // lives.
  static AsyncBacktrace Of(const Resource& resource) noexcept {
    return AsyncBacktrace(hooks_internal::CauseOf(resource));
  }

  // True if it has no site.
  bool empty() const noexcept { return cause_ == 0; }
  // Returns the latest site. It must not be empty.
  AsyncSite site() const noexcept;
  // Returns the rest: what made the resource of that site; empty if this is.
  AsyncBacktrace cause() const noexcept;
  // True if what came before its first site is not known: there are too many,
  // or causes were not kept at the time.
  bool is_cut() const noexcept;

  // Returns it as text, with a line for each site, as above, and `indent`
  // before it. If it is cut, "..." is the last line. Throws std::bad_alloc.
  std::string ToString(std::string_view indent = "  ") const;

  // True if they are the same chain.
  friend bool operator==(const AsyncBacktrace&,
                         const AsyncBacktrace&) = default;

 private:
  explicit AsyncBacktrace(hooks_internal::Cause cause) noexcept
      : cause_(cause) {}

  hooks_internal::Cause cause_ = 0;
};

}  // namespace weft

#endif  // WEFT_HOOKS_ASYNC_BACKTRACE_H_
