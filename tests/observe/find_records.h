// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Finds in a recording what a test has done.

#ifndef WEFT_TESTS_OBSERVE_FIND_RECORDS_H_
#define WEFT_TESTS_OBSERVE_FIND_RECORDS_H_

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "weft/hooks/async_id.h"
#include "weft/observe/trace/recording.h"

namespace weft::observe {

inline const RecordedThread* FindThread(const Recording& recording,
                                        pid_t system_id) {
  // An earlier thread may have had the number.
  const RecordedThread* found = nullptr;
  for (const RecordedThread& thread : recording.threads) {
    if (thread.system_id == static_cast<std::uint32_t>(system_id)) {
      found = &thread;
    }
  }
  return found;
}

// Returns the records of `id`, of all threads.
inline std::vector<Record> RecordsOf(const Recording& recording, AsyncId id) {
  std::vector<Record> records;
  for (const RecordedThread& thread : recording.threads) {
    for (const Record& record : thread.records) {
      if (record.async_id == id) records.push_back(record);
    }
  }
  std::sort(records.begin(), records.end(),
            [](const Record& one, const Record& other) {
              return one.end < other.end;
            });
  return records;
}

}  // namespace weft::observe

#endif  // WEFT_TESTS_OBSERVE_FIND_RECORDS_H_
