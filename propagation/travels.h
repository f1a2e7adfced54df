// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// propagation/travels.h
// -----------------------------------------------------------------------------
//
// `Travels` says how the store of an `AsyncLocalStorage` crosses a process
// boundary: under which name, as which text, and how long that may be. Storages
// without it stay where they are.
//
// Example:
//
//   struct Tenant { int number; };
//   const weft::AsyncLocalStorage<Tenant> tenant({.name = "tenant"});
//
//   weft::Propagator propagator;
//   propagator.Add(tenant, {
//       .name = "acme-tenant",
//       .encode = [](const Tenant& t) { return std::to_string(t.number); },
//       .decode = ParseTenant,  // std::optional<Tenant>(std::string_view)
//       .limit = 10});

#ifndef WEFT_PROPAGATION_TRAVELS_H_
#define WEFT_PROPAGATION_TRAVELS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "weft/base/language.h"

namespace weft {

// Travels
//
// The way of stores of type `T` between processes.
template <typename T>
struct Travels {
  // The field's name: 1 to 64 lower-case letters, digits and '-', the first a
  // letter. Not one that HTTP or gRPC gives a meaning, such as "cookie" or
  // "grpc-timeout".
  std::string name;
  // Returns the text of a store, any bytes; what a field may not have is
  // percent-encoded. What it throws, `Inject()` throws.
  std::string (*encode)(const T& store) = nullptr;
  // Returns the store of a text, which may be any, whoever sent it; nothing if
  // it is not one that `encode` makes. What it throws, `Extract()` throws.
  std::optional<T> (*decode)(std::string_view text) = nullptr;
  // The number of bytes of the field, encoded, beyond which it is dropped, on
  // either side.
  std::size_t limit = 256;
};

}  // namespace weft

#endif  // WEFT_PROPAGATION_TRAVELS_H_
