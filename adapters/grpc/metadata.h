// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/grpc/metadata.h
// -----------------------------------------------------------------------------
//
// The metadata of a gRPC call as a carrier (propagation/carrier.h), for code
// that extracts and injects itself. `ServerInterceptorFactory`
// (server_interceptor.h) and `Client` (client.h) do it for each call.
//
// What a server has received:
//
//   const weft::grpc::MetadataReader fields(context->client_metadata());
//
// The metadata that an interceptor may change is a multimap of strings, for
// which `MapWriter` is the writer.

#ifndef WEFT_ADAPTERS_GRPC_METADATA_H_
#define WEFT_ADAPTERS_GRPC_METADATA_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/string_ref.h>

#include <map>
#include <string>
#include <string_view>

#include "weft/propagation/carrier.h"

namespace weft::grpc {

// MetadataReader
//
// Reads metadata that has arrived, which must outlive it. Names must be equal
// to the letter: gRPC has them in lower case.
//
// Thread-safety: thread-compatible.
class MetadataReader final : public FieldReader {
 public:
  // The type in which gRPC keeps metadata.
  using Metadata = std::multimap<::grpc::string_ref, ::grpc::string_ref>;

  // Makes a view of `metadata`.
  explicit MetadataReader(const Metadata& metadata) noexcept
      : metadata_(metadata) {}

  void Read(std::string_view name, Values& values) const override {
    const auto [first, last] =
        metadata_.equal_range(::grpc::string_ref(name.data(), name.size()));
    for (auto i = first; i != last; ++i) {
      values.Add({i->second.data(), i->second.size()});
    }
  }

 private:
  const Metadata& metadata_;
};

// ClientMetadataWriter
//
// Writes the metadata of a call that has not begun. gRPC can only add to it: a
// field that is set twice is there twice, and a receiver takes neither. So
// inject once for each `ClientContext`, which serves one call anyway.
//
// Thread-safety: owner-only.
// Cost: two allocations a field.
class ClientMetadataWriter final : public FieldWriter {
 public:
  // Makes a view of `context`, which must outlive it.
  explicit ClientMetadataWriter(::grpc::ClientContext& context) noexcept
      : context_(context) {}

  void Set(std::string_view name, std::string_view value) override {
    context_.AddMetadata(std::string(name), std::string(value));
  }
  // Does nothing: a context that was not injected into has no such field.
  void Remove(std::string_view) override {}

 private:
  ::grpc::ClientContext& context_;
};

}  // namespace weft::grpc

#endif  // WEFT_ADAPTERS_GRPC_METADATA_H_
