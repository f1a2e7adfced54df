// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// version.h
// -----------------------------------------------------------------------------
//
// Which version of Weft this is, by semver.org; docs/compatibility.md says what
// that promises. Macros, for the preprocessor:
//
//   #if WEFT_VERSION >= 1'02'00  // 1.2.0 or later

#ifndef WEFT_VERSION_H_
#define WEFT_VERSION_H_

#define WEFT_VERSION_MAJOR 0
#define WEFT_VERSION_MINOR 1
#define WEFT_VERSION_PATCH 0

// One number, each part but the first with two digits.
#define WEFT_VERSION \
  (WEFT_VERSION_MAJOR * 10000 + WEFT_VERSION_MINOR * 100 + WEFT_VERSION_PATCH)

#endif  // WEFT_VERSION_H_
