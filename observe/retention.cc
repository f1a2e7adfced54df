// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/retention.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <tuple>
#include <unordered_set>

#include "weft/observe/internal/clock.h"
#include "weft/observe/internal/retention/held_stores.h"
#include "weft/observe/internal/retention/holders.h"
#include "weft/observe/internal/text.h"

namespace weft::observe {

using observe_internal::HeldStore;
using observe_internal::Holder;
using observe_internal::Holders;
using observe_internal::JsonQuoted;
using observe_internal::Ticks;
using std::chrono::nanoseconds;

namespace {

nanoseconds AgeOf(Ticks since, Ticks now) {
  return nanoseconds(observe_internal::NsBetween(since, now));
}

// A storage, and where a holder was made.
using StorageKey = std::pair<const void*, std::uint64_t>;
StorageKey KeyOf(const HeldStore& store) { return {store.slot, store.key}; }

std::uint32_t NumberOf(const AsyncBacktrace& backtrace) {
  static_assert(sizeof(AsyncBacktrace) == sizeof(std::uint32_t));
  return std::bit_cast<std::uint32_t>(backtrace);
}

// What is found of one storage.
class StorageFacts {
 public:
  explicit StorageFacts(const HeldStore& store) {
    storage_.name = observe_internal::StorageNameOf(store);
    storage_.is_private = observe_internal::IsPrivate(store);
    storage_.is_bound = observe_internal::IsBound(store);
  }

  void Add(const HeldStore& store, const Holder& holder, nanoseconds age) {
    stores_.insert(store.store);
    contexts_.insert(holder.context);
    ++storage_.holders;
    ++storage_.by_kind[static_cast<std::size_t>(holder.kind)];
    storage_.oldest = std::max(storage_.oldest, age);
    RetainedSite& site = sites_[{holder.kind, NumberOf(holder.backtrace)}];
    site.kind = holder.kind;
    site.backtrace = holder.backtrace;
    ++site.holders;
    if (site.holders == 1 || age > site.oldest) {
      site.oldest = age;
      site.oldest_async_id = holder.async_id;
    }
  }

  RetainedStorage Take() {
    storage_.stores = stores_.size();
    storage_.contexts = contexts_.size();
    for (auto& [key, site] : sites_) storage_.sites.push_back(site);
    std::sort(storage_.sites.begin(), storage_.sites.end(),
              [](const RetainedSite& a, const RetainedSite& b) {
                return std::tuple(b.holders, b.oldest) <
                       std::tuple(a.holders, a.oldest);
              });
    if (storage_.sites.size() > RetainedStorage::kMaxSites) {
      storage_.sites_left_out =
          storage_.sites.size() - RetainedStorage::kMaxSites;
      storage_.sites.resize(RetainedStorage::kMaxSites);
    }
    return std::move(storage_);
  }

 private:
  RetainedStorage storage_;
  std::unordered_set<const void*> stores_;
  std::unordered_set<std::uint64_t> contexts_;
  std::map<std::pair<HolderKind, std::uint32_t>, RetainedSite> sites_;
};

std::string_view LevelText(Level level) {
  switch (level) {
    case Level::kOff:
      return "off";
    case Level::kCounters:
      return "counters";
    case Level::kFlight:
      return "flight";
    case Level::kFull:
      return "full";
  }
  return "";
}

std::string SecondsText(nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g s",
                static_cast<double>(time.count()) / 1e9);
  return text;
}
std::string SecondsNumber(nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.9g",
                static_cast<double>(time.count()) / 1e9);
  return text;
}

// "1 holder", "2 holders"
std::string Counted(std::uint64_t count, std::string_view what) {
  std::string text = std::to_string(count) + ' ';
  text += what;
  if (count != 1) text += 's';
  return text;
}

std::string TitleOf(const RetainedStorage& storage) {
  if (!storage.is_bound) return "a storage that is disabled or gone";
  return storage.name.empty() ? "a storage without a name" : storage.name;
}

std::string SiteJson(const AsyncSite& site) {
  return "{\"type\":" + JsonQuoted(site.type) +
         ",\"file\":" + JsonQuoted(site.where.file_name()) +
         ",\"line\":" + std::to_string(site.where.line()) +
         ",\"function\":" + JsonQuoted(site.where.function_name()) +
         ",\"repeats\":" + (site.repeats ? "true" : "false") + '}';
}

// Calls `append(element)` with each, and puts commas between.
template <typename Elements, typename Append>
std::string JsonArray(const Elements& elements, const Append& append) {
  std::string json = "[";
  for (const auto& element : elements) {
    if (json.size() > 1) json += ',';
    json += append(element);
  }
  return json + ']';
}

std::string SiteJson(const RetainedSite& site) {
  std::vector<AsyncSite> sites;
  for (AsyncBacktrace at = site.backtrace; !at.empty(); at = at.cause()) {
    sites.push_back(at.site());
  }
  return "{\"kind\":" + JsonQuoted(HolderKindName(site.kind)) +
         ",\"holders\":" + std::to_string(site.holders) +
         ",\"oldest_seconds\":" + SecondsNumber(site.oldest) +
         ",\"oldest_async_id\":" + std::to_string(site.oldest_async_id) +
         ",\"causes\":" +
         JsonArray(sites, [](const AsyncSite& one) { return SiteJson(one); }) +
         '}';
}

std::string StorageJson(const RetainedStorage& storage) {
  std::string json = "{\"name\":" + JsonQuoted(storage.name) +
                     ",\"private\":" + (storage.is_private ? "true" : "false") +
                     ",\"bound\":" + (storage.is_bound ? "true" : "false") +
                     ",\"stores\":" + std::to_string(storage.stores) +
                     ",\"contexts\":" + std::to_string(storage.contexts) +
                     ",\"holders\":" + std::to_string(storage.holders) +
                     ",\"by_kind\":{";
  for (std::size_t i = 0; i < kHolderKinds; ++i) {
    if (i > 0) json += ',';
    json += JsonQuoted(HolderKindName(static_cast<HolderKind>(i))) + ':' +
            std::to_string(storage.by_kind[i]);
  }
  return json + "},\"oldest_seconds\":" + SecondsNumber(storage.oldest) +
         ",\"sites\":" +
         JsonArray(storage.sites,
                   [](const RetainedSite& site) { return SiteJson(site); }) +
         ",\"sites_left_out\":" + std::to_string(storage.sites_left_out) + '}';
}

}  // namespace

std::string Retention::ToString() const {
  if (one_in == 0) {
    return "retention: nothing is known; it takes StartRetention() and at "
           "least Level::kFlight\n";
  }
  std::string text = "retention: " + Counted(holders, "holder") +
                     (holders == 1 ? " keeps " : " keep ") +
                     Counted(contexts, "context") + "; ";
  text += one_in == 1 ? "all" : "1 of " + std::to_string(one_in);
  text += " made in the last " + SecondsText(known_for) + " are known";
  if (missed > 0) {
    text += ", but " + std::to_string(missed) + " for which there was no room";
  }
  text += '\n';
  for (const RetainedStorage& storage : storages) {
    text += "  " + TitleOf(storage) + ": " + Counted(storage.stores, "store") +
            " in " + Counted(storage.contexts, "context") + '\n';
    for (const RetainedSite& site : storage.sites) {
      text += "    " + Counted(site.holders, HolderKindName(site.kind)) +
              (site.holders == 1 ? " for " : ", the oldest for ") +
              SecondsText(site.oldest);
      if (site.oldest_async_id != kNoAsyncId) {
        text += ", async id " + std::to_string(site.oldest_async_id);
      }
      text += '\n' + site.backtrace.ToString("      ");
    }
    if (storage.sites_left_out > 0) {
      text += "    and holders from " + std::to_string(storage.sites_left_out) +
              " more sites\n";
    }
  }
  return text;
}

std::string Retention::ToJson() const {
  return "{\"level\":" + JsonQuoted(LevelText(level)) +
         ",\"one_in\":" + std::to_string(one_in) +
         ",\"known_for_seconds\":" + SecondsNumber(known_for) +
         ",\"holders\":" + std::to_string(holders) +
         ",\"contexts\":" + std::to_string(contexts) +
         ",\"missed\":" + std::to_string(missed) + ",\"storages\":" +
         JsonArray(
             storages,
             [](const RetainedStorage& one) { return StorageJson(one); }) +
         '}';
}

void StartRetention(RetentionOptions options) {
  if (options.capacity == 0) {
    throw std::invalid_argument(
        "StartRetention: capacity is 0; it must be at least 1");
  }
  static_cast<void>(observe_internal::NsPerTick());  // takes a while
  observe_internal::StartHolders(options.capacity);
}

Retention ReadRetention() {
  const Holders read = observe_internal::ReadHolders();
  Retention retention;
  retention.level = read.level;
  retention.one_in = read.one_in;
  retention.missed = read.missed;
  if (read.one_in == 0) return retention;
  const Ticks now = observe_internal::Now();
  retention.known_for = AgeOf(read.known_since, now);
  retention.holders = read.all.size();
  std::unordered_set<std::uint64_t> contexts;
  std::map<StorageKey, StorageFacts> storages;
  for (const Holder& holder : read.all) {
    contexts.insert(holder.context);
    const nanoseconds age = AgeOf(holder.since, now);
    for (const HeldStore& store : holder.stores) {
      storages.try_emplace(KeyOf(store), store)
          .first->second.Add(store, holder, age);
    }
  }
  retention.contexts = contexts.size();
  for (auto& [key, facts] : storages) {
    retention.storages.push_back(facts.Take());
  }
  std::sort(retention.storages.begin(), retention.storages.end(),
            [](const RetainedStorage& a, const RetainedStorage& b) {
              return std::tie(b.holders, a.name) < std::tie(a.holders, b.name);
            });
  return retention;
}

std::vector<StoreHolder> HoldersOf(std::string_view storage, std::size_t most) {
  const Holders read = observe_internal::ReadHolders();
  const Ticks now = observe_internal::Now();
  std::map<StorageKey, bool> is_asked;  // those of that name
  std::vector<StoreHolder> holders;
  for (const Holder& holder : read.all) {
    const bool keeps = std::any_of(
        holder.stores.begin(), holder.stores.end(),
        [&](const HeldStore& store) {
          const auto [known, is_new] =
              is_asked.try_emplace(KeyOf(store), false);
          if (is_new) {
            known->second = observe_internal::IsBound(store) &&
                            observe_internal::StorageNameOf(store) == storage;
          }
          return known->second;
        });
    if (!keeps) continue;
    holders.push_back({holder.kind, holder.async_id, holder.backtrace,
                       AgeOf(holder.since, now), holder.labels});
  }
  std::sort(holders.begin(), holders.end(),
            [](const StoreHolder& a, const StoreHolder& b) {
              return std::tie(b.age, a.async_id) < std::tie(a.age, b.async_id);
            });
  if (holders.size() > most) holders.resize(most);
  return holders;
}

}  // namespace weft::observe
