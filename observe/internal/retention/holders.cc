// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/retention/holders.h"

#include <array>
#include <atomic>
#include <new>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"
#include "weft/hooks/providers.h"
#include "weft/hooks/resource.h"
#include "weft/observe/internal/tap.h"

namespace weft::observe_internal {
namespace {

using base::MutexLock;
using observe::HolderKind;
using observe::Level;

constexpr EventBits kHolderSignals =
    SignalBit(Signal::kInit) | SignalBit(Signal::kEnqueue) |
    SignalBit(Signal::kBefore) | SignalBit(Signal::kAfter) |
    SignalBit(Signal::kDestroy);

// At kFlight one holder in so many is noted, by its id.
constexpr std::uint64_t kSample = 64;

// Snapshots have no ids; their numbers are none that an id can be.
constexpr std::uint64_t kSnapshotBit = std::uint64_t{1} << 63;

bool IsMadeAs(const Resource& resource, Provider provider) noexcept {
  return resource.type() == ProviderName(provider);
}

HolderKind KindOf(const Resource& resource) noexcept {
  if (IsMadeAs(resource, Provider::kTimeout)) return HolderKind::kTimer;
  if (IsMadeAs(resource, Provider::kContinuation)) {
    return HolderKind::kContinuation;
  }
  if (IsMadeAs(resource, Provider::kCoroutine)) {
    return HolderKind::kSuspendedCoroutine;
  }
  for (const Provider task : {Provider::kTask, Provider::kFutureTask,
                              Provider::kGroupTask, Provider::kDeferred}) {
    if (IsMadeAs(resource, task)) return HolderKind::kQueuedTask;
  }
  return HolderKind::kResource;
}

struct Entry {
  // Returns what it is just now.
  HolderKind kind() const noexcept {
    const HolderKind made_as = holder.kind;
    if (made_as == HolderKind::kResource || made_as == HolderKind::kSnapshot) {
      return made_as;
    }
    if (inside > 0) return HolderKind::kRunning;
    return is_queued ? HolderKind::kQueuedTask : made_as;
  }

  Holder holder;           // its kind is that of its making
  std::size_t inside = 0;  // before without after: some nest
  bool is_queued = false;
};

struct Shard {
  base::Mutex mutex;
  std::uint64_t session ABSL_GUARDED_BY(mutex) = 0;
  std::unordered_map<std::uint64_t, Entry> entries ABSL_GUARDED_BY(mutex);
  // How many there are, for those who look without the lock. Who has taken a
  // task from a queue is ordered after its making.
  std::atomic<std::size_t> count{0};
};

class HolderTable final : public Listener, public SnapshotListener {
 public:
  void SetCapacity(std::size_t capacity) noexcept {
    // relaxed: a number.
    capacity_.store(capacity, std::memory_order_relaxed);
  }

  EventBits SetLevel(Level level) noexcept override {
    // relaxed: one call at a time; others read numbers.
    if (level_.exchange(level, std::memory_order_relaxed) != level) {
      // What is made or ends meanwhile is not known: each shard is emptied when
      // it is next looked at.
      known_since_.store(Now(),
                         std::memory_order_relaxed);     // relaxed: as above
      missed_.store(0, std::memory_order_relaxed);       // relaxed: as above
      session_.fetch_add(1, std::memory_order_relaxed);  // relaxed: as above
    }
    const bool is_on = level >= Level::kFlight;
    ListenToSnapshots(is_on ? this : nullptr);
    return is_on ? kHolderSignals : 0;
  }

  void Hear(const Told& told, Stamp& stamp) noexcept override {
    const Level level = this->level();
    if (level < Level::kFlight) return;
    const Resource& resource = *told.resource;
    if (told.signal == Signal::kInit) {
      if (told.frame == nullptr) return;
      const AsyncId id = resource.async_id();
      if (level != Level::kFull && id % kSample != 0) return;
      Add(id, *told.frame, AsyncBacktrace::Of(resource), KindOf(resource), id,
          stamp.Get());
      return;
    }
    const AsyncId id = resource.async_id();
    if (level != Level::kFull && id % kSample != 0) return;
    Change(told.signal, id);
  }

  std::uint64_t Made(const context_internal::Frame& frame,
                     AsyncBacktrace backtrace) noexcept override {
    // relaxed: only uniqueness is asked of it.
    const std::uint64_t number =
        next_snapshot_.fetch_add(1, std::memory_order_relaxed) | kSnapshotBit;
    if (level() != Level::kFull && number % kSample != 0) return 0;
    return Add(number, frame, backtrace, HolderKind::kSnapshot, kNoAsyncId,
               Now())
               ? number
               : 0;
  }
  void Gone(std::uint64_t number) noexcept override {
    Change(Signal::kDestroy, number);
  }

  Holders Read() {
    Holders read;
    read.level = level();
    // relaxed: numbers.
    read.missed = missed_.load(std::memory_order_relaxed);
    if (read.level < Level::kFlight) return read;
    read.one_in = read.level == Level::kFull ? 1 : kSample;
    // relaxed: as above.
    read.known_since = known_since_.load(std::memory_order_relaxed);
    for (Shard& shard : shards_) {
      const MutexLock lock(shard.mutex);
      Renew(shard);
      for (const auto& [number, entry] : shard.entries) {
        read.all.push_back(entry.holder);
        read.all.back().kind = entry.kind();
      }
    }
    return read;
  }

  // Few, as fork() takes the locks of all: see AtFork.
  static constexpr std::size_t kShards = 2;

  base::Mutex& mutex(std::size_t shard) noexcept {
    return shards_[shard].mutex;
  }

 private:
  Level level() const noexcept {
    // relaxed: a hint; what is noted of another level is forgotten.
    return level_.load(std::memory_order_relaxed);
  }

  Shard& ShardOf(std::uint64_t number) noexcept {
    // At kFlight all ids that are noted have the same low bits.
    return shards_[(number ^ number / kSample) % kShards];
  }

  // Forgets what another session has noted.
  void Renew(Shard& shard) noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex) {
    // relaxed: a number; see Add().
    const std::uint64_t session = session_.load(std::memory_order_relaxed);
    if (shard.session == session) return;
    shard.session = session;
    // relaxed: counts.
    count_.fetch_sub(shard.entries.size(), std::memory_order_relaxed);
    shard.entries.clear();
    shard.count.store(0, std::memory_order_relaxed);  // relaxed: as above
  }

  // Returns false if it is not noted.
  bool Add(std::uint64_t number, const context_internal::Frame& frame,
           AsyncBacktrace backtrace, HolderKind kind, AsyncId id,
           Ticks now) noexcept {
    // relaxed: what is made while the level changes may be noted or not.
    const std::uint64_t session = session_.load(std::memory_order_relaxed);
    try {
      Entry entry;
      entry.holder.kind = kind;
      entry.holder.async_id = id;
      entry.holder.backtrace = backtrace;
      entry.holder.since = now;
      // A snapshot gets a frame of its own, after this.
      entry.holder.context = kind == HolderKind::kSnapshot
                                 ? number
                                 : reinterpret_cast<std::uintptr_t>(&frame);
      entry.holder.stores = StoresOf(frame);
      if (entry.holder.stores.empty()) return false;
      if (level() == Level::kFull) entry.holder.labels = LabelsOf(frame);
      Shard& shard = ShardOf(number);
      const MutexLock lock(shard.mutex);
      Renew(shard);
      if (shard.session != session) return false;
      // relaxed: numbers.
      if (count_.load(std::memory_order_relaxed) <
          capacity_.load(std::memory_order_relaxed)) {
        shard.entries.insert_or_assign(number, std::move(entry));
        // relaxed: as above.
        shard.count.store(shard.entries.size(), std::memory_order_relaxed);
        count_.fetch_add(1, std::memory_order_relaxed);  // relaxed: as above
        return true;
      }
    } catch (const std::bad_alloc&) {
      // Counts it as missed, like those for which there is no room.
    }
    // relaxed: a count.
    missed_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }

  void Change(Signal signal, std::uint64_t number) noexcept {
    Shard& shard = ShardOf(number);
    // relaxed: see Shard.
    if (shard.count.load(std::memory_order_relaxed) == 0) return;
    // What an entry had is freed when the lock is free.
    std::unordered_map<std::uint64_t, Entry>::node_type gone;
    const MutexLock lock(shard.mutex);
    Renew(shard);
    const auto found = shard.entries.find(number);
    if (found == shard.entries.end()) return;
    Entry& entry = found->second;
    switch (signal) {
      case Signal::kEnqueue:
        entry.is_queued = true;
        return;
      case Signal::kBefore:
        ++entry.inside;
        entry.is_queued = false;
        return;
      case Signal::kAfter:
        if (entry.inside > 0) --entry.inside;
        return;
      default:
        break;
    }
    gone = shard.entries.extract(found);
    // relaxed: counts.
    shard.count.store(shard.entries.size(), std::memory_order_relaxed);
    count_.fetch_sub(1, std::memory_order_relaxed);  // relaxed: as above
  }

  std::atomic<Level> level_{Level::kOff};
  std::atomic<std::uint64_t> session_{0};
  std::atomic<Ticks> known_since_{0};
  std::atomic<std::size_t> capacity_{0};
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> missed_{0};
  std::atomic<std::uint64_t> next_snapshot_{1};
  std::array<Shard, kShards> shards_;
};

// Never destroyed: threads may be told of after static destruction.
HolderTable& TheHolders() noexcept {
  static HolderTable& table = *new HolderTable;
  return table;
}

// Made while there is one thread.
[[maybe_unused]] const bool holders_known_at_fork = [] {
  for (std::size_t i = 0; i < HolderTable::kShards; ++i) {
    static_cast<void>(new base::AtFork(TheHolders().mutex(i)));
  }
  return true;
}();

}  // namespace

void StartHolders(std::size_t capacity) noexcept {
  TheHolders().SetCapacity(capacity);
  Listen(Seat::kHolders, TheHolders());
}

Holders ReadHolders() { return TheHolders().Read(); }

}  // namespace weft::observe_internal
