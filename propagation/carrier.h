// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// propagation/carrier.h
// -----------------------------------------------------------------------------
//
// A carrier takes fields, names with a text each, from one process to another:
// the header of an HTTP message, the metadata of a gRPC call, the headers of a
// queue's message, the environment of a child process. `Propagator`
// (propagator.h) reads one through a `FieldReader` and writes one through a
// `FieldWriter`.
//
// `MapReader` and `MapWriter` are those of a map from strings to strings;
// environment.h has those of an environment, and adapters those of libraries.
// One of your own is a class with one function or two.
//
// Example:
//
//   std::map<std::string, std::string> headers;
//   propagator.Inject(weft::MapWriter(headers));

#ifndef WEFT_PROPAGATION_CARRIER_H_
#define WEFT_PROPAGATION_CARRIER_H_

#include <string>
#include <string_view>

#include "weft/base/language.h"

namespace weft {

// FieldReader
//
// A view of a carrier that a message has arrived in.
//
// Thread-safety: thread-compatible.
class FieldReader {
 public:
  // What `Read()` gives a field's values to.
  class Values {
   public:
    // Takes a value, which must stay as it is as long as the reader.
    virtual void Add(std::string_view value) = 0;

   protected:
    ~Values() = default;
  };

  // FieldReader::Read()
  //
  // Adds each value of the field of that name to `values`, in the order in
  // which they have arrived. `name` has lower-case letters, digits and '-';
  // where names differ by case only the carrier has the rule. It should neither
  // copy nor limit the values: the caller limits them before it copies any.
  virtual void Read(std::string_view name, Values& values) const = 0;

 protected:
  ~FieldReader() = default;
};

// FieldWriter
//
// A view of a carrier that is to be sent.
//
// Thread-safety: owner-only.
class FieldWriter {
 public:
  // FieldWriter::Set()
  //
  // Gives the field of that name, as `FieldReader::Read()` has it, this value
  // alone. It is visible ASCII, with spaces inside perhaps, or empty.
  virtual void Set(std::string_view name, std::string_view value) = 0;
  // FieldWriter::Remove()
  //
  // Removes the field, if there is one from an earlier use of the carrier.
  virtual void Remove(std::string_view name) = 0;

 protected:
  ~FieldWriter() = default;
};

// MapReader
//
// Reads a std::map, std::unordered_map or multimap of strings, which must
// outlive it. Names must be equal to the letter.
template <typename Map>
class MapReader final : public FieldReader {
 public:
  // Makes a view of `map`.
  explicit MapReader(const Map& map) noexcept : map_(map) {}

  void Read(std::string_view name, Values& values) const override {
    const auto [first, last] = map_.equal_range(std::string(name));
    for (auto i = first; i != last; ++i) values.Add(i->second);
  }

 private:
  const Map& map_;
};

// MapWriter
//
// Writes such a map, which must outlive it.
template <typename Map>
class MapWriter final : public FieldWriter {
 public:
  // Makes a view of `map`.
  explicit MapWriter(Map& map) noexcept : map_(map) {}

  void Set(std::string_view name, std::string_view value) override {
    Remove(name);
    map_.emplace(std::string(name), std::string(value));
  }
  void Remove(std::string_view name) override { map_.erase(std::string(name)); }

 private:
  Map& map_;
};

}  // namespace weft

#endif  // WEFT_PROPAGATION_CARRIER_H_
