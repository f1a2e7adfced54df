// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/propagation/environment.h"

#include <unistd.h>

#include <cstdlib>

namespace weft {

namespace {

std::string VariableOf(std::string_view field) {
  std::string name(field);
  for (char& c : name) {
    if ('a' <= c && c <= 'z') {
      c = static_cast<char>(c - 'a' + 'A');
    } else if (c == '-') {
      c = '_';
    }
  }
  return name;
}

}  // namespace

void EnvironmentReader::Read(std::string_view name, Values& values) const {
  const char* const value = std::getenv(VariableOf(name).c_str());
  if (value != nullptr) values.Add(value);
}

ChildEnvironment::ChildEnvironment() {
  for (char* const* variable = environ; *variable != nullptr; ++variable) {
    variables_.emplace_back(*variable);
  }
}

void ChildEnvironment::Set(std::string_view name, std::string_view value) {
  Remove(name);
  variables_.push_back((VariableOf(name) += '=').append(value));
}

void ChildEnvironment::Remove(std::string_view name) {
  const std::string beginning = VariableOf(name) += '=';
  std::erase_if(variables_, [&](const std::string& variable) {
    return variable.starts_with(beginning);
  });
}

char* const* ChildEnvironment::data() {
  pointers_.clear();
  for (std::string& variable : variables_) pointers_.push_back(variable.data());
  pointers_.push_back(nullptr);
  return pointers_.data();
}

}  // namespace weft
