// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/describe_exception.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

namespace weft::base {
namespace {

std::string TypeName(const std::type_info* type) {
  if (type == nullptr) return "an exception of unknown type";
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : type->name();
}

}  // namespace

std::string DescribeException(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    return TypeName(&typeid(error)) + ": " + error.what();
  } catch (...) {
    return TypeName(abi::__cxa_current_exception_type());
  }
}

}  // namespace weft::base
