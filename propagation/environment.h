// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// propagation/environment.h
// -----------------------------------------------------------------------------
//
// The environment of a process as a carrier (carrier.h), for programs that a
// program starts: the field `traceparent` is the variable `TRACEPARENT`. A name
// is in upper case there, with '_' for '-'.
//
// Example:
//
//   weft::ChildEnvironment environment;  // what this process has
//   propagator.Inject(environment);
//   posix_spawn(&pid, path, nullptr, nullptr, argv, environment.data());

#ifndef WEFT_PROPAGATION_ENVIRONMENT_H_
#define WEFT_PROPAGATION_ENVIRONMENT_H_

#include <string>
#include <string_view>
#include <vector>

#include "weft/propagation/carrier.h"

namespace weft {

// EnvironmentReader
//
// Reads this process's environment: what whoever started it has set.
//
// Thread-safety: as std::getenv(): nobody may change the environment meanwhile.
class EnvironmentReader final : public FieldReader {
 public:
  void Read(std::string_view name, Values& values) const override;
};

// ChildEnvironment
//
// An environment for a program to be started, at first a copy of this
// process's. This process's own is never changed: another thread might read it.
//
// Thread-safety: owner-only.
class ChildEnvironment final : public FieldWriter {
 public:
  // Copies the environment, which nobody may change meanwhile.
  ChildEnvironment();
  ChildEnvironment(const ChildEnvironment&) = delete;
  ChildEnvironment& operator=(const ChildEnvironment&) = delete;

  void Set(std::string_view name, std::string_view value) override;
  void Remove(std::string_view name) override;

  // Returns the environment for posix_spawn() and execve(): valid until the
  // next call of this object.
  char* const* data();

 private:
  std::vector<std::string> variables_;  // NAME=value
  std::vector<char*> pointers_;
};

}  // namespace weft

#endif  // WEFT_PROPAGATION_ENVIRONMENT_H_
