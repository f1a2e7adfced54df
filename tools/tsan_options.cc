// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// ThreadSanitizer intercepts memcmp(), operator delete and the like, also those
// that oneTBB calls on its own data, whose order it cannot see because Debian's
// oneTBB is not instrumented. This passes over what is called directly from
// that library. It hides no report about Weft's code or a task's, even though
// oneTBB is on the stack of both.

extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libtbb.so.12\n";
}
