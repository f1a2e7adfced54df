// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/debug_page.h
// -----------------------------------------------------------------------------
//
// A page that shows what the process is doing: its threads and what they run,
// what tasks cost by where they were made, who submits whom, what waits. It is
// text and no server: whoever has one asks for the text.
//
//   weft::observe::DebugPage page("shop");
//   const weft::observe::DebugAnswer answer = page.Handle(
//       {.method = "GET", .path = "/", .query = "", .accept = "text/html"},
//       {.executors = {{"http", executor.stats()}}});
//
// What there is:
//
//   /         the page: HTML, JSON or plain text, by `accept`, or by the query
//             format=html, json or text; rates are of the last 10 s, or of
//             seconds=1 to 60
//   /metrics  metrics_text.h, by `accept`, with the program's own
//   /trace    the last 10 s as trace_json.h has it, or seconds=1 to 60
//   /spans    the same as otlp_json.h has it
//   /retention  retention.h, as JSON or as text
//   /page.css, /page.js  what the HTML loads
//
// The HTML loads nothing from elsewhere, and its links are relative. Its script
// renews it each second; all of it but the button that records is there without
// the script.
//
// The page shows what is counted (task_counter.h) and recorded
// (flight_recorder.h) at the current level: from kFlight on all of it; and what
// keeps stores (retention.h). It changes nothing in the process, and starts
// nothing.
//
// It is for those who may look inside the process: it names source files and
// functions, but shows no stores. Serve it on loopback, and to those only who
// ask for that by a Host of loopback, lest another site's script reads it.
//
// Node counterpart: none; like the inspector's page it is for developers.

#ifndef WEFT_OBSERVE_DEBUG_PAGE_H_
#define WEFT_OBSERVE_DEBUG_PAGE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weft/base/language.h"
#include "weft/executor/metric_family.h"
#include "weft/observe/metrics/metrics_text.h"

namespace weft::observe {

// A request, as HTTP has it.
struct DebugRequest {
  std::string_view method;  // such as GET
  std::string_view path;    // such as /metrics, from where the page is mounted
  std::string_view query;   // what comes after the '?', without it
  std::string_view accept;  // of the header of this name; may be empty
};

// The answer to it. With status 405 send the header `Allow: GET` too.
struct DebugAnswer {
  int status;                // 200, 400, 404 or 405
  std::string content_type;  // for the header of this name
  std::string body;          // that of an error says what is allowed
};

// What the program knows, and the page shows.
struct DebugFacts {
  std::vector<NamedStats> executors;       // lanes, too
  std::vector<std::string> reports = {};   // what is wrong; of some lines each
  std::vector<MetricFamily> metrics = {};  // of jobs, or the program's own
};

// DebugPage
//
// Thread-safety: thread-safe; a request stops nobody but the next request.
// Cost: a snapshot, and some microseconds for each thousand records: a few
//   milliseconds. A page has at most 300 KB, a trace at most 50 MB.
class DebugPage {
 public:
  // A page with this title: the name of the program.
  explicit DebugPage(std::string title);
  DebugPage(const DebugPage&) = delete;
  DebugPage& operator=(const DebugPage&) = delete;
  ~DebugPage();

  // DebugPage::Handle()
  //
  // Returns the answer to `request`. Of an executor's runs a second it knows
  // from the second request on. Texts are UTF-8; a byte that is none is taken
  // for Latin-1, and a control character, also one that changes the direction
  // of text, is shown as '?'. Long texts and tables are cut.
  //
  // Throws std::bad_alloc; for /metrics also what MetricsText() throws.
  DebugAnswer Handle(const DebugRequest& request, const DebugFacts& facts);

 private:
  class RunRates;

  const std::string title_;
  const std::unique_ptr<RunRates> rates_;
};

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_DEBUG_PAGE_H_
