// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// context/label.h
// -----------------------------------------------------------------------------
//
// `Label<T>` says who may see the stores of an `AsyncLocalStorage<T>` outside
// of the code that has the storage, and how they look as text. A storage is
// private unless it is given one: nothing that tells of a running process, such
// as a log prefix, a trace or a page, ever shows its stores. Who may see them
// is decided once, with the storage.
//
// Example:
//
//   const weft::AsyncLocalStorage<std::uint64_t> request(
//       {.name = "request", .label = weft::Visibility::kLog});
//   const weft::AsyncLocalStorage<Customer> customer(
//       {.name = "customer",
//        .label = {weft::Visibility::kTrace,
//                  [](const Customer& customer, weft::LabelText& text) {
//                    text.Append(customer.number);  // and not the name
//                  }}});
//
// context/labels.h reads them.
//
// Node counterpart: none.

#ifndef WEFT_CONTEXT_LABEL_H_
#define WEFT_CONTEXT_LABEL_H_

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "weft/base/language.h"
#include "weft/context/internal/label_form.h"

namespace weft {

template <typename T>
class AsyncLocalStorage;

// The places where a store may be shown, from the narrowest to the widest. What
// may be shown at one of them may be shown at those before it as well: a label
// that traces have is also in the logs.
enum class Visibility : unsigned char {
  kPrivate,  // nowhere
  kLog,      // logs, and the debug page
  kTrace,    // also traces and metrics' exemplars
  kProfiler  // also what profilers of the whole machine read
};

// LabelText
//
// The text of a label: at most `kMaxBytes`, and printable. A control character,
// so also a line's end, becomes a space, and a byte that is not UTF-8 a '?'; so
// no label breaks a line or a format. What does not fit is cut off between two
// characters.
//
// Thread-safety: thread-compatible, a value.
// Cost: allocates nothing.
class LabelText {
 public:
  // The size of the longest text.
  static constexpr std::size_t kMaxBytes = 64;

  // Append text, a truth value as "true" or "false", a number in its shortest
  // form.
  void Append(std::string_view text) noexcept;
  void Append(const char* text) noexcept { Append(std::string_view(text)); }
  void Append(bool value) noexcept { Append(value ? "true" : "false"); }
  template <std::integral Integer>
  void Append(Integer value) noexcept {
    if constexpr (std::is_signed_v<Integer>) {
      AppendNumber(static_cast<long long>(value));
    } else {
      AppendNumber(static_cast<unsigned long long>(value));
    }
  }
  void Append(double value) noexcept;

  // Returns what has been appended.
  std::string_view view() const noexcept { return {text_.data(), size_}; }
  // True if something did not fit.
  bool is_cut() const noexcept { return is_cut_; }

 private:
  void AppendNumber(long long value) noexcept;
  void AppendNumber(unsigned long long value) noexcept;
  // Characters of one byte that are printable; unless is_cut().
  void AppendPlain(std::string_view text) noexcept;
  void AppendCharacter(std::string_view character) noexcept;

  std::array<char, kMaxBytes> text_;
  std::size_t size_ = 0;
  bool is_cut_ = false;
};

namespace context_internal {

// Throws std::invalid_argument for a label that cannot be shown.
void CheckLabel(std::string_view name, bool has_form);

}  // namespace context_internal

// Label
//
// Who may see a storage's stores, and their form.
//
// Thread-safety: thread-compatible, a value.
template <typename T>
class Label {
 public:
  // The function that writes a store. It may be called on any thread that runs
  // in a flow with the store, at any time, also when the storage is gone; so it
  // uses the store alone, and captures nothing. If it throws, the label is left
  // out.
  using Form = void (*)(const T& store, LabelText& text);

  // Nobody sees them.
  Label() noexcept = default;
  // Those who may see `visibility` see the store itself, which is text or a
  // number.
  Label(Visibility visibility)  // NOLINT: in the options of a storage
    requires std::convertible_to<const T&, std::string_view> ||
             std::is_arithmetic_v<T>
      : Label(visibility, [](const T& store, LabelText& text) {
          if constexpr (std::is_arithmetic_v<T>) {
            text.Append(store);
          } else {
            text.Append(std::string_view(store));
          }
        }) {}
  // They see what `form` writes.
  Label(Visibility visibility, Form form)
      : visibility_(visibility), form_(form) {}

 private:
  friend class AsyncLocalStorage<T>;

  static void Write(context_internal::AnyForm form, const void* store,
                    LabelText& text) {
    reinterpret_cast<Form>(form)(*static_cast<const T*>(store), text);
  }

  // Throws std::invalid_argument.
  context_internal::LabelForm Named(std::string_view name) const {
    if (visibility_ == Visibility::kPrivate) return {};
    context_internal::CheckLabel(name, form_ != nullptr);
    return {name, visibility_, &Write,
            reinterpret_cast<context_internal::AnyForm>(form_)};
  }

  Visibility visibility_ = Visibility::kPrivate;
  Form form_ = nullptr;
};

}  // namespace weft

#endif  // WEFT_CONTEXT_LABEL_H_
