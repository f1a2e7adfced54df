// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/nats/internal/records.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "weft/executor/errors.h"
#include "weft/jobs/errors.h"

namespace weft::nats_internal {

namespace {

constexpr char kType[] = "Weft-Job-Type";
constexpr char kAttempts[] = "Weft-Job-Attempts";
constexpr char kEnd[] = "Weft-Job-End";
constexpr char kAuthor[] = "Weft-Job-Author";
constexpr char kReasonBytes[] = "Weft-Job-Reason-Bytes";
// The names of headers without a value, with commas in between: libnats takes
// the line behind such a one for its value.
constexpr char kEmpty[] = "Weft-Job-Empty";
// Headers of the server and of this file begin so, in any case.
constexpr std::string_view kReserved[] = {"nats-", "weft-job-"};

constexpr const char* kKinds[] = {"succeeded", "failed", "expired"};

int NumberOf(const Message& record, const char* header) {
  const std::string_view text = Header(record, header);
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool IsReserved(std::string_view name) {
  return std::any_of(
      std::begin(kReserved), std::end(kReserved),
      [&](std::string_view reserved) {
        return name.size() >= reserved.size() &&
               std::equal(reserved.begin(), reserved.end(), name.begin(),
                          [](char a, char b) { return a == Lower(b); });
      });
}

bool IsName(std::string_view name) {
  constexpr std::string_view kAllowed = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || kAllowed.find(c) != std::string_view::npos;
  });
}

bool IsValue(std::string_view value) {
  return !value.starts_with(' ') && !value.ends_with(' ') &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= ' ' && c < '\x7f'; });
}

// The headers of the job without the engine's own.
void CopyHeaders(const Message& record, jobs::Job& job) {
  for (const auto& [name, value] : record.headers) {
    if (!IsReserved(name)) job.headers.emplace(name, value);
  }
  std::string_view empty = Header(record, kEmpty);
  while (!empty.empty()) {
    const std::string_view name = empty.substr(0, empty.find(','));
    empty.remove_prefix(std::min(name.size() + 1, empty.size()));
    if (IsName(name) && !IsReserved(name)) job.headers.emplace(name, "");
  }
}

}  // namespace

jobs::JobEnd End::Told(const std::string& id) const {
  switch (kind) {
    case Kind::kSucceeded:
      break;
    case Kind::kFailed:
      return {.failure = std::make_exception_ptr(jobs::JobFailedError(
                  "job " + id + " was given up after attempt " +
                      std::to_string(attempts) + ": " + text,
                  id, attempts, text))};
    case Kind::kExpired:
      return {.failure = std::make_exception_ptr(DeadlineExceededError(
                  "the deadline of job " + id + " has passed"))};
  }
  return {.result = text};
}

void CheckHeaders(const jobs::Job& job) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : job.headers) {
    bytes += name.size() + value.size() + 4;
    if (!IsName(name) || IsReserved(name) || !IsValue(value)) {
      throw std::invalid_argument(
          "Job::headers: '" + name +
          "'; a name is a token as in HTTP and begins with neither 'nats-' nor "
          "'weft-job-', and a value has visible ASCII characters, and blanks "
          "inside");
    }
  }
  if (bytes > kMostHeaderBytes) {
    throw jobs::JobTooLargeError(
        "a job of type " + job.type + " has headers of " +
        std::to_string(bytes) + " bytes; at most " +
        std::to_string(kMostHeaderBytes) + " are allowed");
  }
}

Message JobRecord(const Names& names, const jobs::Job& job) {
  Message record{.subject = names.Job(job.id),
                 .headers = job.headers,
                 .data = job.payload};
  std::string empty;
  for (auto header = record.headers.begin(); header != record.headers.end();) {
    if (header->second.empty()) {
      empty += (empty.empty() ? "" : ",") + header->first;
      header = record.headers.erase(header);
    } else {
      ++header;
    }
  }
  if (!empty.empty()) record.headers[kEmpty] = empty;
  record.headers[kType] = job.type;
  record.headers[kOnlyOnce] = "0";
  return record;
}

jobs::Job ReadJob(const Message& record) {
  jobs::Job job{.id = IdOf(record.subject),
                .type = std::string(Header(record, kType)),
                .payload = record.data,
                .headers = {}};
  CopyHeaders(record, job);
  return job;
}

Message EndRecord(const Names& names, const std::string& id, const End& end) {
  return {.subject = names.End(id),
          .headers = {{kEnd, kKinds[static_cast<std::size_t>(end.kind)]},
                      {kAttempts, std::to_string(end.attempts)},
                      {kAuthor, end.author},
                      {kOnlyOnce, "0"}},
          .data = end.text};
}

End ReadEnd(const Message& record) {
  End end{.text = record.data,
          .attempts = NumberOf(record, kAttempts),
          .author = std::string(Header(record, kAuthor))};
  const std::string_view kind = Header(record, kEnd);
  if (kind == kKinds[1]) end.kind = End::Kind::kFailed;
  if (kind == kKinds[2]) end.kind = End::Kind::kExpired;
  return end;
}

Message DeadRecord(const Names& names, const jobs::DeadLetter& letter) {
  Message record = JobRecord(names, letter.job);
  record.subject = names.Dead(letter.job.id);
  record.headers[kAttempts] = std::to_string(letter.job.attempt);
  record.headers[kReasonBytes] = std::to_string(letter.reason.size());
  record.data = letter.reason + letter.job.payload;
  return record;
}

jobs::DeadLetter ReadDead(const Message& record) {
  jobs::DeadLetter letter{.job = ReadJob(record), .reason = {}};
  const std::size_t bytes = std::min(
      static_cast<std::size_t>(std::max(NumberOf(record, kReasonBytes), 0)),
      letter.job.payload.size());
  letter.reason = letter.job.payload.substr(0, bytes);
  letter.job.payload.erase(0, bytes);
  letter.job.attempt = NumberOf(record, kAttempts);
  return letter;
}

}  // namespace weft::nats_internal
