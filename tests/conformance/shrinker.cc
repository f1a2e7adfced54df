// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/shrinker.h"

#include <cstddef>
#include <utility>

namespace weft::conformance {

namespace {

class Shrinker {
 public:
  Shrinker(Program program, const std::function<bool(const Program&)>& fails)
      : program_(std::move(program)), fails_(fails) {}

  Program Shrink() {
    while (ShrinkBody(program_)) {
    }
    return std::move(program_);
  }

 private:
  bool Fails() const {
    try {
      return fails_(program_);
    } catch (const ProgramError&) {
      return false;
    }
  }

  // `body` is a part of program_. Returns whether anything could go.
  bool ShrinkBody(Program& body) {
    bool has_shrunk = false;
    // From the end: later statements depend on earlier ones.
    for (std::size_t i = body.size(); i-- > 0;) {
      if (Try(body, Without(body, i)) || Try(body, WithBodyOf(body, i))) {
        has_shrunk = true;
        continue;
      }
      has_shrunk |= ShrinkWords(body[i]);
      has_shrunk |= ShrinkBody(body[i].body);
    }
    return has_shrunk;
  }

  // Of `log`, the only operation of any number of words.
  bool ShrinkWords(Statement& statement) {
    bool has_shrunk = false;
    if (statement.operation != Operation::kLog) return false;
    for (std::size_t i = statement.words.size();
         i-- > 0 && statement.words.size() > 1;) {
      std::vector<std::string> words = statement.words;
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
      std::swap(words, statement.words);
      if (Fails()) {
        has_shrunk = true;
      } else {
        std::swap(words, statement.words);
      }
    }
    return has_shrunk;
  }

  // Keeps `smaller` in the place of `body` if the program still fails.
  bool Try(Program& body, Program smaller) {
    std::swap(body, smaller);
    if (Fails()) return true;
    std::swap(body, smaller);
    return false;
  }

  static Program Without(const Program& body, std::size_t index) {
    Program smaller = body;
    smaller.erase(smaller.begin() + static_cast<std::ptrdiff_t>(index));
    return smaller;
  }

  static Program WithBodyOf(const Program& body, std::size_t index) {
    Program smaller = Without(body, index);
    const Program& inner = body[index].body;
    smaller.insert(smaller.begin() + static_cast<std::ptrdiff_t>(index),
                   inner.begin(), inner.end());
    return smaller;
  }

  Program program_;
  const std::function<bool(const Program&)>& fails_;
};

}  // namespace

Program Shrink(Program program,
               const std::function<bool(const Program&)>& fails) {
  return Shrinker(std::move(program), fails).Shrink();
}

}  // namespace weft::conformance
