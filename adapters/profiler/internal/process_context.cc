// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/profiler/internal/process_context.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include "protozero/pbf_writer.hpp"

// Headers newer than Debian 12's define this.
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

namespace weft::profiler_internal {
namespace {

using base::MutexLock;

constexpr char kMappingName[] = "OTEL_CTX";
constexpr std::array<char, 8> kSignature = {'O', 'T', 'E', 'L',
                                            '_', 'C', 'T', 'X'};
constexpr std::uint32_t kVersion = 2;
constexpr char kSchema[] = "tlsdesc_v1_dev";

// The numbers of the fields of OpenTelemetry's messages.
constexpr protozero::pbf_tag_type kContextResource = 1;
constexpr protozero::pbf_tag_type kContextAttributes = 2;
constexpr protozero::pbf_tag_type kResourceAttributes = 1;
constexpr protozero::pbf_tag_type kKey = 1;
constexpr protozero::pbf_tag_type kValue = 2;
constexpr protozero::pbf_tag_type kStringValue = 1;
constexpr protozero::pbf_tag_type kArrayValue = 5;
constexpr protozero::pbf_tag_type kArrayValues = 1;

void AddString(protozero::pbf_writer& message, protozero::pbf_tag_type field,
               std::string_view text) {
  message.add_string(field, text.data(), text.size());
}

// Adds a KeyValue with a text.
void AddAttribute(protozero::pbf_writer& message, protozero::pbf_tag_type field,
                  std::string_view key, std::string_view text) {
  protozero::pbf_writer attribute(message, field);
  AddString(attribute, kKey, key);
  protozero::pbf_writer value(attribute, kValue);
  AddString(value, kStringValue, text);
}

std::size_t MappingSize() noexcept {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Returns whether the system has given the memory its name.
bool NameMapping(const void* memory) noexcept {
  return prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, memory, MappingSize(),
               kMappingName) == 0;
}

// Returns memory of zeros that /proc/PID/maps shows by name. Null, with errno,
// if there is none.
void* MapByName() noexcept {
  int file = memfd_create(kMappingName,
                          MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (file < 0) {
    file = memfd_create(kMappingName, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  }
  const bool has_file =
      file >= 0 && ftruncate(file, static_cast<off_t>(MappingSize())) == 0;
  void* const memory =
      mmap(nullptr, MappingSize(), PROT_READ | PROT_WRITE,
           has_file ? MAP_PRIVATE : MAP_PRIVATE | MAP_ANONYMOUS,
           has_file ? file : -1, 0);
  const int map_error = errno;
  if (file >= 0) close(file);
  errno = map_error;
  if (memory == MAP_FAILED) return nullptr;
  // Without a file the name alone tells readers what it is.
  if (madvise(memory, MappingSize(), MADV_DONTFORK) != 0 ||
      (!has_file && !NameMapping(memory))) {
    const int error = errno;
    munmap(memory, MappingSize());
    errno = error;
    return nullptr;
  }
  return memory;
}

std::uint64_t BootTime() noexcept {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

void ProcessContext::Publish(std::vector<ResourceAttribute> resource) {
  const MutexLock lock(mutex_);
  resource_ = std::move(resource);
  std::string payload = Encode();
  void* const memory = MapByName();
  if (memory == nullptr) {
    throw std::system_error(errno, std::generic_category(),
                            "ProfilerRecords: no memory that readers can find");
  }
  head_ = new (memory) MappedHead{kSignature, kVersion, {0}, {0}, {0}};
  owner_ = getpid();
  Replace(std::move(payload));
}

void ProcessContext::Withdraw() noexcept {
  const MutexLock lock(mutex_);
  // In a child of a fork() something else may stand there by now.
  if (IsOurs()) munmap(head_, MappingSize());
  head_ = nullptr;
}

bool ProcessContext::IsOurs() const noexcept {
  return head_ != nullptr && owner_ == getpid();
}

std::optional<std::uint8_t> ProcessContext::KeyOf(
    std::string_view name) noexcept {
  if (const auto known = keys_.Find(name)) return known;
  const MutexLock lock(mutex_);
  if (const auto known = keys_.Find(name)) return known;
  const auto added = keys_.Add(name);
  if (!added.has_value() || !IsOurs()) return added;
  try {
    Replace(Encode());
  } catch (const std::bad_alloc&) {
    // Readers are told of it with the next one: they ignore what they do not
    // know.
  }
  return added;
}

std::string ProcessContext::Encode() const {
  std::string payload;
  protozero::pbf_writer context(payload);
  {
    protozero::pbf_writer resource(context, kContextResource);
    for (const ResourceAttribute& attribute : resource_) {
      AddAttribute(resource, kResourceAttributes, attribute.name,
                   attribute.value);
    }
  }
  AddAttribute(context, kContextAttributes, "threadlocal.schema_version",
               kSchema);
  protozero::pbf_writer attribute(context, kContextAttributes);
  AddString(attribute, kKey, "threadlocal.attribute_key_map");
  protozero::pbf_writer value(attribute, kValue);
  protozero::pbf_writer array(value, kArrayValue);
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    protozero::pbf_writer key(array, kArrayValues);
    AddString(key, kStringValue, keys_[i]);
  }
  return payload;
}

void ProcessContext::Replace(std::string payload) noexcept {
  // relaxed: this process writes it under the lock only.
  const std::uint64_t before = head_->published.load(std::memory_order_relaxed);
  // [PC1]
  head_->published.store(0, std::memory_order_seq_cst);
  // The old one dies at the end, when no reader that comes now finds it. One
  // that reads it meanwhile sees afterwards that it was changed.
  payload_.swap(payload);
  // [PC1]
  head_->payload.store(reinterpret_cast<std::uintptr_t>(payload_.data()),
                       std::memory_order_seq_cst);
  // [PC1]
  head_->size.store(static_cast<std::uint32_t>(payload_.size()),
                    std::memory_order_seq_cst);
  // [PC1]
  head_->published.store(std::max(before + 1, BootTime()),
                         std::memory_order_seq_cst);
  NameMapping(head_);
}

}  // namespace weft::profiler_internal
