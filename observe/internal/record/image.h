// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The memory of the flight recorder, which is also the form of its file: a
// head, a table of sites, and for each thread a page and a ring.
// docs/weft_file.md describes it byte by byte.
//
// It begins as zeros. A process writes it and others may read it meanwhile, so
// what changes is atomic, and lies where the file says, whichever compiler made
// either.
//
// Edges:
//   [X5] Own()'s stores of `version`, and of what it guards <-> ReadThread()'s
//        loads of them: who sees one of the new owner's facts sees by its
//        second load that the owner has changed. Breaks if weakened: records of
//        one thread are told as those of another. Test:
//        FlightRecorderTest.ARingThatIsUsedAgainKeepsThreadsApart.
//   [X6] the stores of `sites_used` <-> the load of it: the sites below it are
//        complete. Breaks if weakened: a site is read half written. Test:
//        FlightRecorderTest.ARingThatIsUsedAgainKeepsThreadsApart.

#ifndef WEFT_OBSERVE_INTERNAL_RECORD_IMAGE_H_
#define WEFT_OBSERVE_INTERNAL_RECORD_IMAGE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "weft/observe/internal/open_spans.h"
#include "weft/observe/internal/record/ring.h"
#include "weft/observe/trace/recording.h"

namespace weft::observe_internal {

using Word = std::atomic<std::uint64_t>;
static_assert(sizeof(Word) == 8 && Word::is_always_lock_free);

inline constexpr std::array<char, 8> kImageMagic{'w', 'e', 'f', 't',
                                                 'r', 'e', 'c', '\n'};
inline constexpr std::uint32_t kImageVersion = 1;
inline constexpr std::size_t kImagePage = 4096;

struct ImageHead {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t process_id;
  std::uint64_t threads;         // how many pages with rings there are
  std::uint64_t ring_capacity;   // in records
  std::uint64_t sites;           // how many places the table has
  std::uint64_t first_ticks;     // the clock at the start
  std::int64_t first_steady_ns;  // the steady clock at the start
  std::int64_t first_unix_ns;    // the time of day at the start
  Word ns_per_tick;              // a double
  Word sites_used;               // [X6]
  // Changes when recording ends: what runs is known in the same session only.
  Word session;
  Word lost_records;
  Word lost_sites;
};
static_assert(offsetof(ImageHead, ns_per_tick) == 64 &&
              sizeof(ImageHead) == 104);

struct ImageSite {
  std::array<char, 48> type;  // these end with a 0
  std::array<char, 100> file;
  std::array<char, 104> function;
  std::uint32_t line;
};
static_assert(sizeof(ImageSite) == 256);

// The words of a record. A moment's `begin` is its detail.
enum RecordWord : std::size_t { kEnd, kBegin, kId, kTrigger, kRecordWords };
using ImageRing = Ring<kRecordWords>;
// kId has 48 bits of the id and 16 of the site; kTrigger 48 of the trigger, 8
// of the kind, and 8 that are the ring's.
constexpr std::uint64_t PackId(AsyncId id, std::uint16_t site) noexcept {
  return id << 16 | site;
}
constexpr std::uint64_t PackTrigger(AsyncId id,
                                    observe::RecordKind kind) noexcept {
  return id << 16 | static_cast<std::uint64_t>(kind) << 8;
}

// Labels (context/labels.h) are pairs of texts, each text with a 0 behind it.
// They stand in records that follow one another, of this kind, each with 16
// bytes in kBegin and kId. In place of the trigger these have 16 bits with the
// number of the record and 16 with how many there are; none: there are no
// labels from now on, or they are not noted any more.
inline constexpr std::uint64_t kLabelsKind = 12;
inline constexpr std::size_t kLabelTextBytes = 256;
inline constexpr std::size_t kLabelRecordBytes = 16;
constexpr std::uint64_t PackLabels(std::uint64_t number,
                                   std::uint64_t count) noexcept {
  return number << 32 | count << 16 | kLabelsKind << 8;
}

// The words of a span that has not ended.
enum SpanWord : std::size_t { kSpanBegin, kSpanId, kSpanTrigger, kSpanWords };
inline constexpr std::size_t kMaxOpen = 32;

struct ImageThread {
  Word version;  // [X5] odd while the owner changes; 0: never owned
  Word system_id;
  std::array<Word, 2> name;
  Word base;  // the number of the owner's first record
  Word executor;
  Word worker;  // -1: none
  Word session;
  Word incomplete;
  Word head;
  OpenSpans<kMaxOpen, kSpanWords> open;
};
static_assert(offsetof(ImageThread, head) == 72 &&
              offsetof(ImageThread, open) == 80 &&
              sizeof(ImageThread) == 80 + 16 + kMaxOpen * 24);

// A view of the memory; copied freely.
class Image {
 public:
  Image() noexcept = default;
  explicit Image(std::byte* memory) noexcept : memory_(memory) {}

  // The size of an image.
  static std::size_t Bytes(std::uint64_t threads, std::uint64_t ring_capacity,
                           std::uint64_t sites) noexcept {
    return kImagePage + sites * sizeof(ImageSite) +
           threads * (kImagePage + ring_capacity * sizeof(Word) * kRecordWords);
  }

  explicit operator bool() const noexcept { return memory_ != nullptr; }

  ImageHead& head() const noexcept {
    return *reinterpret_cast<ImageHead*>(memory_);
  }
  ImageSite& site(std::size_t index) const noexcept {
    return *reinterpret_cast<ImageSite*>(memory_ + kImagePage +
                                         index * sizeof(ImageSite));
  }
  ImageThread& thread(std::size_t index) const noexcept {
    return *reinterpret_cast<ImageThread*>(ThreadPage(index));
  }
  ImageRing ring(std::size_t index) const noexcept {
    return {thread(index).head,
            reinterpret_cast<Word*>(ThreadPage(index) + kImagePage),
            head().ring_capacity};
  }

 private:
  std::byte* ThreadPage(std::size_t index) const noexcept {
    return memory_ + Bytes(index, head().ring_capacity, head().sites);
  }

  std::byte* memory_ = nullptr;
};

// Makes the calling thread the owner of `thread`. Called by one at a time.
void Own(ImageThread& thread) noexcept;

// Returns what `image` has. `now` is the end of what runs; 0: that of the last
// record. Throws std::bad_alloc.
observe::Recording ReadImage(Image image, std::uint64_t now);

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_RECORD_IMAGE_H_
