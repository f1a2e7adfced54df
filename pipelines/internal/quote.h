// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef WEFT_PIPELINES_INTERNAL_QUOTE_H_
#define WEFT_PIPELINES_INTERNAL_QUOTE_H_

#include <string>

#include "weft/base/language.h"

namespace weft::pipelines_internal {

// Writes a name as errors do.
inline std::string Quote(const std::string& name) { return '"' + name + '"'; }

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_QUOTE_H_
