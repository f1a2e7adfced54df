// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_DEMO_DEMO_FILES_H_
#define WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_DEMO_DEMO_FILES_H_

#include <cstdint>
#include <string>

namespace distributed_pipeline {

// Makes so many text files in folders below `folder`, up to 1,000 in each. What
// is in them follows from the seed. Throws std::runtime_error if it cannot.
void MakeDemoFiles(const std::string& folder, std::int64_t files,
                   std::uint64_t seed);

}  // namespace distributed_pipeline

#endif  // WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_DEMO_DEMO_FILES_H_
