// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The reference model's storages and frames: which frame is current, and what
// the scopes put back.

#ifndef WEFT_TESTS_CONFORMANCE_MODEL_CONTEXT_H_
#define WEFT_TESTS_CONFORMANCE_MODEL_CONTEXT_H_

#include <optional>
#include <utility>

#include "weft/tests/conformance/model_object.h"
#include "weft/tests/conformance/rules.h"

namespace weft::conformance {

// Calls `body`, then `cleanup(threw)`.
template <typename Body, typename Cleanup>
void Finally(const Body& body, const Cleanup& cleanup) {
  try {
    body();
  } catch (...) {
    cleanup(true);
    throw;
  }
  cleanup(false);
}

class ModelContext {
 public:
  explicit ModelContext(const Rules& rules) : rules_(rules) {}

  const FrameRef& frame() const { return frame_; }
  void set_frame(FrameRef frame) { frame_ = std::move(frame); }

  Value Get(const ObjectRef& storage) const;
  void EnterWith(const ObjectRef& storage, Value value);
  void Disable(const ObjectRef& storage);

  struct ScopeFlaws {
    bool keeps;
    bool keeps_on_throw;
    bool restores_frame;
    bool unbinds = false;
  };

  // Binds `value`; returns what EndScope() is to put back.
  std::optional<Entry> BeginScope(const ObjectRef& storage, Value value) {
    std::optional<Entry> prior = Prior(storage);
    Enter(storage, std::move(value));
    return prior;
  }
  void EndScope(const ObjectRef& storage, std::optional<Entry> prior) {
    if (prior && Is(Flaw::kRunRebindsAfterDisable)) {
      prior->epoch = storage->epoch;
    }
    Bind(storage, std::move(prior));
  }

  template <typename Body>
  void InScopeOf(const ObjectRef& storage, Value value, const Body& body,
                 const ScopeFlaws& flaws) {
    const FrameRef outer = frame_;
    std::optional<Entry> prior = Prior(storage);
    if (flaws.unbinds) {
      Bind(storage, std::nullopt);
    } else {
      Enter(storage, std::move(value));
    }
    Finally(body, [&](bool threw) {
      if (flaws.keeps || (flaws.keeps_on_throw && threw)) return;
      if (flaws.restores_frame) {
        frame_ = outer;
        return;
      }
      EndScope(storage, std::move(prior));
    });
  }

  template <typename Body>
  void RunWith(const ObjectRef& storage, Value value, const Body& body,
               const ScopeFlaws& flaws) {
    if (!rules_.always_scope && Get(storage) == value) return body();
    InScopeOf(storage, std::move(value), body, flaws);
  }

  struct FrameFlaws {
    bool not_installed;
    bool merges;
    bool keeps;
    bool keeps_on_throw;
    bool remembers;
  };

  template <typename Body>
  void InFrameOf(Object& object, const Body& body, const FrameFlaws& flaws) {
    if (flaws.not_installed) return body();
    const FrameRef outer = frame_;
    frame_ = flaws.merges ? Merged(object.frame) : object.frame;
    Finally(body, [&](bool threw) {
      if (flaws.remembers) object.frame = frame_;
      if (flaws.keeps || (flaws.keeps_on_throw && threw)) return;
      frame_ = outer;
    });
  }

 private:
  bool Is(Flaw flaw) const { return rules_.flaw == flaw; }

  const Entry* Raw(const ObjectRef& storage) const;
  const Entry* Find(const ObjectRef& storage) const;
  void Bind(const ObjectRef& storage, std::optional<Entry> entry);
  void Enter(const ObjectRef& storage, Value value);
  // What a scope of `storage` puts back.
  std::optional<Entry> Prior(const ObjectRef& storage) const;
  // `inner` laid over the current frame.
  FrameRef Merged(const FrameRef& inner) const;

  const Rules& rules_;
  FrameRef frame_;
};

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_MODEL_CONTEXT_H_
