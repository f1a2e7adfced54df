// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A storage's label as its slot has it. It holds no object of the user's, only
// functions, so it can be kept for good: a thread may write a store while
// another one destroys the storage.

#ifndef WEFT_CONTEXT_INTERNAL_LABEL_FORM_H_
#define WEFT_CONTEXT_INTERNAL_LABEL_FORM_H_

#include <string_view>

namespace weft {
class LabelText;
enum class Visibility : unsigned char;
}  // namespace weft

namespace weft::context_internal {

using AnyForm = void (*)();

struct LabelForm {
  friend bool operator==(const LabelForm&, const LabelForm&) = default;

  std::string_view name = {};
  Visibility visibility = {};
  // Calls `form`, by its own type, for the store.
  void (*write)(AnyForm form, const void* store, LabelText& text) = nullptr;
  AnyForm form = nullptr;
};

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_LABEL_FORM_H_
