// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// version.h
// -----------------------------------------------------------------------------
//
// This header tells the version of Weft, by semver.org; docs/compatibility.md
// says what that promises. The version is in macros, for the preprocessor:
//
//   #if WEFT_VERSION >= 1'02'00  // 1.2.0 or later

#ifndef WEFT_VERSION_H_
#define WEFT_VERSION_H_

#define WEFT_VERSION_MAJOR 0
#define WEFT_VERSION_MINOR 1
#define WEFT_VERSION_PATCH 0

// The version as one number, in which each part but the first has two digits.
#define WEFT_VERSION \
  (WEFT_VERSION_MAJOR * 10000 + WEFT_VERSION_MINOR * 100 + WEFT_VERSION_PATCH)

#endif  // WEFT_VERSION_H_
