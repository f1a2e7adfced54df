// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Reads what a process publishes for profilers, as OTEP 4719 and OTEP 4947 say
// it is read: from outside, by the names in its mappings and in its files. It
// knows nothing of how Weft writes it.

#ifndef WEFT_TESTS_ADAPTERS_PROFILER_RECORD_READER_H_
#define WEFT_TESTS_ADAPTERS_PROFILER_RECORD_READER_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace weft::tests {

// What the mapping OTEL_CTX says.
struct PublishedProcess {
  std::map<std::string, std::string> resource;
  std::string schema;
  std::vector<std::string> keys;
  std::uint64_t published = 0;
};

struct PublishedRecord {
  friend bool operator==(const PublishedRecord&,
                         const PublishedRecord&) = default;

  std::string trace_id;  // in hexadecimal digits
  std::string span_id;
  unsigned flags = 0;
  std::map<std::string, std::string> labels;
};

// A record has a key that stands for no name yet: it has to be read again.
class UnknownKey : public std::runtime_error {
 public:
  UnknownKey() : std::runtime_error("an unknown key") {}
};

// A thread-local variable of the program that the process runs.
struct TlsSymbol {
  // What is to be added to the address of a thread's control block.
  std::int64_t offset = 0;
};

// The memory of a process, which may be this one.
class ProcessReader {
 public:
  explicit ProcessReader(pid_t pid) : pid_(pid) {}

  // Returns nothing if there is none.
  std::optional<PublishedProcess> ReadProcess() const;
  // Reads the record at that address of the process; nothing for null, and for
  // one that is not valid. Throws UnknownKey, and another std::runtime_error
  // if it is malformed.
  std::optional<PublishedRecord> ReadRecord(
      std::uint64_t address, const std::vector<std::string>& keys) const;

  // Finds a variable among the dynamic symbols of the program's file; nothing
  // if it is not there. Throws std::runtime_error if that cannot be read.
  std::optional<TlsSymbol> FindTls(std::string_view name) const;

  // Reads so many bytes at that address; false if they are not there.
  bool Read(std::uint64_t address, void* to, std::size_t size) const;

 private:
  std::optional<PublishedProcess> ReadMapping(std::uint64_t address) const;

  const pid_t pid_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_ADAPTERS_PROFILER_RECORD_READER_H_
