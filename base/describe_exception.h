// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Describes an uncaught exception in one line, for messages.

#ifndef WEFT_BASE_DESCRIBE_EXCEPTION_H_
#define WEFT_BASE_DESCRIBE_EXCEPTION_H_

#include <exception>
#include <string>

#include "weft/base/language.h"

namespace weft::base {

// Returns "std::runtime_error: what()", or the type alone. `exception` is not
// null.
std::string DescribeException(const std::exception_ptr& exception);

}  // namespace weft::base

#endif  // WEFT_BASE_DESCRIBE_EXCEPTION_H_
