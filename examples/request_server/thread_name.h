// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The calling thread's name, as debuggers and `ps -T` show it.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_THREAD_NAME_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_THREAD_NAME_H_

#include <string>

namespace request_server {

std::string ThreadName();

// At most 15 characters.
void SetThreadName(const std::string& name);

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_THREAD_NAME_H_
