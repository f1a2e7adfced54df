// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// jobs/job_type.h
// -----------------------------------------------------------------------------
//
// `JobType<In, Out>` names a kind of job, what it is given and what it returns.
// Whoever submits such jobs and whoever handles them share one; so a mistake is
// a compile error.
//
// Example:
//
//   inline constexpr weft::jobs::JobType<std::string, Counts> kCount("count");
//
// A value crosses as bytes. These types do by themselves: std::string, as it
// is; void, as nothing; protobuf's messages; and any that has
//
//   std::string Encode() const;
//   static T Decode(std::string_view bytes);  // throws if it cannot
//
// For a type that is not yours specialize `JobCodec`.

#ifndef WEFT_JOBS_JOB_TYPE_H_
#define WEFT_JOBS_JOB_TYPE_H_

#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>

#include "weft/base/language.h"
#include "weft/jobs/errors.h"

namespace weft::jobs {

// JobCodec
//
// Says how a `T` is written as bytes, and read.
template <typename T>
struct JobCodec;

// A type that has `Encode()` and `Decode()`.
template <typename T>
  requires requires(const T& value, std::string_view bytes) {
    { value.Encode() } -> std::convertible_to<std::string>;
    { T::Decode(bytes) } -> std::convertible_to<T>;
  }
struct JobCodec<T> {
  // Returns what `value.Encode()` does.
  static std::string Encode(const T& value) { return value.Encode(); }
  // Returns what `T::Decode()` does.
  static T Decode(std::string_view bytes) { return T::Decode(bytes); }
};

// A message of protobuf.
template <typename T>
  requires requires(T& value, std::string* text, const std::string& bytes) {
    { value.SerializeToString(text) } -> std::same_as<bool>;
    { value.ParseFromString(bytes) } -> std::same_as<bool>;
    { value.IsInitialized() } -> std::same_as<bool>;
    { value.InitializationErrorString() } -> std::same_as<std::string>;
  }
struct JobCodec<T> {
  // Returns the message's bytes. Throws NotWorthRetryingError, naming the
  // fields, if required ones are not set, and if it has more than 2 GiB.
  static std::string Encode(const T& value) {
    // Protobuf writes such a one all the same, and cannot read it.
    if (!value.IsInitialized()) {
      throw NotWorthRetryingError(
          "JobCodec: a message lacks required fields: " +
          value.InitializationErrorString());
    }
    std::string bytes;
    if (!value.SerializeToString(&bytes)) {
      throw NotWorthRetryingError("JobCodec: a message is too large");
    }
    return bytes;
  }
  // Returns the message of these bytes. Throws NotWorthRetryingError if they
  // are none.
  static T Decode(std::string_view bytes) {
    T value;
    if (!value.ParseFromString(std::string(bytes))) {
      throw NotWorthRetryingError("JobCodec: these bytes are no such message");
    }
    return value;
  }
};

// Bytes, as they are.
template <>
struct JobCodec<std::string> {
  // Returns `value`.
  static std::string Encode(std::string value) { return value; }
  // Returns `bytes`.
  static std::string Decode(std::string_view bytes) {
    return std::string(bytes);
  }
};

// Nothing.
template <>
struct JobCodec<void> {
  // Ignores the bytes.
  static void Decode(std::string_view) {}
};

// A type whose values cross as bytes.
template <typename T>
concept JobValue = requires(std::string_view bytes) {
  { JobCodec<T>::Decode(bytes) } -> std::same_as<T>;
};

// JobType
//
// Thread-safety: immutable.
template <JobValue In, JobValue Out>
class JobType {
 public:
  // Makes one with that name, which must stay as it is as long as the type is
  // used: 1 to 64 letters, digits, '-', '_' and '.'. Another name does not
  // compile where the type is a constant; elsewhere it throws
  // std::invalid_argument.
  constexpr explicit JobType(std::string_view name) : name_(name) {
    if (!IsName(name)) {
      throw std::invalid_argument(
          "JobType: '" + std::string(name) +
          "'; a name has 1 to 64 letters, digits, '-', '_' and '.'");
    }
  }

  // Returns the name.
  constexpr std::string_view name() const noexcept { return name_; }

 private:
  static constexpr bool IsName(std::string_view name) {
    for (const char c : name) {
      const bool is_allowed =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
      if (!is_allowed) return false;
    }
    return !name.empty() && name.size() <= 64;
  }

  std::string_view name_;
};

}  // namespace weft::jobs

#endif  // WEFT_JOBS_JOB_TYPE_H_
