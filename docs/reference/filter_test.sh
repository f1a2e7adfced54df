#!/bin/bash
# filter.py makes documentation of a header's comments, by the rules of the house.

set -euo pipefail

cat >"$TEST_TMPDIR/nap.h" <<'END'
// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/nap.h
// -----------------------------------------------------------------------------
//
// Naps.
//
//   Nap nap;

namespace weft {

namespace executor_internal {

// Private.
int Hidden();

}  // namespace executor_internal

// Nap
//
// A short sleep.
//
// Lifetime: short,
//   as it is.
class Nap {
 public:
  using Base::Base;

  // Nap::For(), Until()
  //
  // Sleeps.
  void For(int time);
  template <typename T>
  void Until(T time) {
    Sleep(time);
  }

  // Ends it.
  void End();
  Nap(Nap&&) noexcept = default;

  Nap& operator=(Nap&&) noexcept = default;
  int naps = 0;  // so far

 private:
  enum class State {
    // Neither.
    kNone,
    kBoth,
  };
};

}  // namespace weft
END

diff -u - <(python3 docs/reference/filter.py "$TEST_TMPDIR/nap.h") <<'END'

/// @file
///
/// Naps.
///
///       Nap nap;

namespace weft {


/// A short sleep.
///
/// - **Lifetime:** short,
///   as it is.
class Nap {
 public:
  /// As usual.
  using Base::Base;

  ///@{

  /// Sleeps.
  void For(int time);
  template <typename T>
  void Until(T time) {
    Sleep(time);
  }
  ///@}

  ///@{

  /// Ends it.
  void End();
  Nap(Nap&&) noexcept = default;
  ///@}

  /// As usual.
  Nap& operator=(Nap&&) noexcept = default;
  int naps = 0;  ///< so far

 private:
  enum class State {
    /// Neither.
    kNone,
    kBoth,
  };
};

}  // namespace weft
END
