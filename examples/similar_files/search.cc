// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/similar_files/search.h"

#include <algorithm>
#include <functional>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "weft/examples/printable.h"
#include "weft/examples/text_files/file_steps.h"

namespace similar_files {
namespace {

// An estimate may be wrong by so much before a pair is missed: four times its
// standard deviation.
constexpr double kMargin = 25;

std::vector<Pair> Joined(std::vector<Pair> left, std::vector<Pair> right) {
  left.insert(left.end(), std::make_move_iterator(right.begin()),
              std::make_move_iterator(right.end()));
  return left;
}

}  // namespace

Search::Search(SearchOptions options) : options_(std::move(options)) {}

std::size_t Search::fingerprinted() const noexcept {
  // relaxed: a number to look at; what it counts is read after the graph.
  return fingerprinted_.load(std::memory_order_relaxed);
}

std::size_t Search::failures() const noexcept {
  // relaxed: as above.
  return failures_.load(std::memory_order_relaxed);
}

void Search::Run(weft::Executor& executor, weft::BlockingExecutor& blocking) {
  weft::JobGraph graph;
  graph.Add("list", [&] {
    files_ = weft::RunBlocking(
        blocking, [this] { return text_files::ListFiles(options_.paths); });
    // A pipe to which nobody writes would hold the search up beyond its end.
    for (text_files::ListedFile& file : files_) file.is_named = false;
    fingerprints_.resize(files_.size());
  });
  graph.Add("read", {"list"}, [&] { return ReadAll(executor, blocking); });
  graph.Add("sum", {"read"}, [&] {
    shingles_ = weft::ParallelReduce(
        executor, std::size_t{0}, fingerprints_.size(), std::size_t{0},
        [this](std::size_t i) { return fingerprints_[i].shingles(); },
        std::plus<>());
  });
  graph.Add("compare", {"read"}, [&] { ComparePairs(executor); });
  graph.Run(executor);
}

// A coroutine for each file, all of which end before it does. The semaphore
// bounds how many have begun, and so how many texts are in memory.
weft::Task<> Search::ReadAll(weft::Executor& executor,
                             weft::BlockingExecutor& blocking) {
  Files places(executor, options_.open_files);
  const auto spawn = [&](weft::TaskScope& scope) -> weft::Task<> {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      Files::Permits permit = co_await places.Acquire();
      file_.Run(examples::Printable(files_[i].path), [&] {
        scope.Launch([this, i, &blocking, place = std::move(permit)]() mutable {
          return ReadOne(i, std::move(place), blocking);
        });
      });
    }
  };
  co_await weft::WithTaskScope(executor, spawn);
}

// Reads on a thread that may block, and goes on where it came from.
weft::Task<> Search::ReadOne(std::size_t file, Files::Permits /*place*/,
                             weft::BlockingExecutor& blocking) {
  try {
    const auto read = [this, file] {
      return text_files::ReadText(files_[file], options_.max_bytes);
    };
    text_files::Text text = co_await blocking.Submit(read);
    fingerprints_[file] = Fingerprint(text_files::Split(std::move(text)).words);
  } catch (const std::runtime_error& error) {
    // A file costs itself alone; an end by a limit is no std::runtime_error.
    std::clog << weft::LogPrefix() + examples::Printable(error.what()) + "\n";
    // relaxed: the end of the graph orders it.
    failures_.fetch_add(1, std::memory_order_relaxed);
  }
  // relaxed: as above.
  fingerprinted_.fetch_add(1, std::memory_order_relaxed);
}

void Search::ComparePairs(weft::Executor& executor) {
  // A file is compared with all before it: later ones have more to do, and are
  // split as threads ask for work.
  pairs_ = weft::ParallelReduce(
      executor, std::size_t{0}, files_.size(), std::vector<Pair>(),
      [this](std::size_t file) { return PairsOf(file); }, Joined, {.grain = 4});
  std::sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) {
    return std::tuple(-a.likeness, a.first, a.second) <
           std::tuple(-b.likeness, b.first, b.second);
  });
}

std::vector<Pair> Search::PairsOf(std::size_t file) const {
  std::vector<Pair> found;
  const Fingerprint& own = fingerprints_[file];
  for (std::size_t other = 0; other < file; ++other) {
    const Fingerprint& others = fingerprints_[other];
    if (own.EstimatedLikeness(others) < options_.percent - kMargin) continue;
    const double likeness = own.Likeness(others);
    if (likeness < options_.percent || own.empty()) continue;
    found.push_back({other, file, likeness});
  }
  return found;
}

}  // namespace similar_files
