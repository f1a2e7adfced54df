// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/beast/fields.h
// -----------------------------------------------------------------------------
//
// The header of an HTTP message of Boost.Beast as a carrier
// (propagation/carrier.h): takes the context of a flow along in requests, and
// finds it in those that arrive.
//
// Example:
//
//   http::request<http::string_body> request;
//   propagator.Inject(weft::beast::FieldsWriter(request));
//
//   const weft::beast::FieldsReader fields(request);
//   propagator.Extract(fields, weft::Trust::kIgnore)
//       .Run([&] { Handle(request); });

#ifndef WEFT_ADAPTERS_BEAST_FIELDS_H_
#define WEFT_ADAPTERS_BEAST_FIELDS_H_

#include <string_view>

#include "boost/beast/core/string.hpp"
#include "boost/beast/http/fields.hpp"
#include "weft/propagation/carrier.h"

namespace weft::beast {

// FieldsReader
//
// Reads the fields of a message, which must outlive it. Case does not matter.
//
// Thread-safety: thread-compatible.
template <typename Fields = boost::beast::http::fields>
class FieldsReader final : public FieldReader {
 public:
  explicit FieldsReader(const Fields& fields) noexcept : fields_(fields) {}

  void Read(std::string_view name, Values& values) const override {
    const auto [first, last] = fields_.equal_range(
        boost::beast::string_view(name.data(), name.size()));
    for (auto i = first; i != last; ++i) {
      values.Add({i->value().data(), i->value().size()});
    }
  }

 private:
  const Fields& fields_;
};

// FieldsWriter
//
// Writes the fields of a message, which must outlive it.
//
// Thread-safety: owner-only.
// Cost: one allocation a field.
template <typename Fields = boost::beast::http::fields>
class FieldsWriter final : public FieldWriter {
 public:
  explicit FieldsWriter(Fields& fields) noexcept : fields_(fields) {}

  void Set(std::string_view name, std::string_view value) override {
    fields_.set(boost::beast::string_view(name.data(), name.size()),
                boost::beast::string_view(value.data(), value.size()));
  }
  void Remove(std::string_view name) override {
    fields_.erase(boost::beast::string_view(name.data(), name.size()));
  }

 private:
  Fields& fields_;
};

// For messages and headers, which derive from their fields.
template <typename Message>
FieldsReader(const Message&) -> FieldsReader<typename Message::fields_type>;
template <typename Message>
FieldsWriter(Message&) -> FieldsWriter<typename Message::fields_type>;
template <typename Allocator>
FieldsReader(const boost::beast::http::basic_fields<Allocator>&)
    -> FieldsReader<boost::beast::http::basic_fields<Allocator>>;
template <typename Allocator>
FieldsWriter(boost::beast::http::basic_fields<Allocator>&)
    -> FieldsWriter<boost::beast::http::basic_fields<Allocator>>;

}  // namespace weft::beast

#endif  // WEFT_ADAPTERS_BEAST_FIELDS_H_
