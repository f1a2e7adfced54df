// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/trace/flight_recorder.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include "weft/observe/internal/clock.h"
#include "weft/observe/internal/record/image.h"
#include "weft/observe/internal/record/recorder.h"

namespace weft::observe {
namespace {

using observe_internal::CurrentImage;
using observe_internal::Image;
using observe_internal::ImageHead;
using observe_internal::Moment;
using observe_internal::MomentNow;
using observe_internal::NsPerTick;

constexpr std::size_t kRecordBytes =
    observe_internal::kRecordWords * sizeof(std::uint64_t);
constexpr std::size_t kMinRing = std::size_t{1} << 10;
constexpr std::size_t kMaxRing = std::size_t{1} << 30;
constexpr std::size_t kMaxThreads = 65'536;
constexpr std::size_t kSites = 4096;
constexpr std::size_t kMaxSites = 65'536;  // of a file

[[noreturn]] void ThrowErrno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), "weft: " + what);
}

class File {
 public:
  explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const noexcept { return descriptor_; }

 private:
  const int descriptor_;
};

// A file that takes its name when it is complete: another process may record
// into one of that name, or read it, and keeps that.
class NewFile {
 public:
  // Throws std::system_error.
  NewFile(const std::string& name, std::size_t bytes)
      : name_(name),
        new_name_(name + "." + std::to_string(getpid()) + ".new"),
        file_(Open(new_name_)) {
    if (file_.get() < 0) ThrowErrno("cannot make " + name);
    // Or the process would die of SIGBUS when the disk is full.
    errno = posix_fallocate(file_.get(), 0, static_cast<off_t>(bytes));
    if (errno == 0) return;
    const int error = errno;
    unlink(new_name_.c_str());
    errno = error;
    ThrowErrno("no room for " + name);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!is_published_) unlink(new_name_.c_str());
  }

  int get() const noexcept { return file_.get(); }
  // Throws std::system_error.
  void Publish() {
    if (rename(new_name_.c_str(), name_.c_str()) != 0) {
      ThrowErrno("cannot replace " + name_);
    }
    is_published_ = true;
  }

 private:
  static int Open(const std::string& name) noexcept {
    unlink(name.c_str());  // of a process that had the same number
    return open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  }

  const std::string name_;
  const std::string new_name_;
  const File file_;
  bool is_published_ = false;
};

class Mapping {
 public:
  // `file` is -1 for memory without a file. Throws std::system_error.
  Mapping(int file, int protection, std::size_t bytes)
      : bytes_(bytes),
        memory_(mmap(
            nullptr, bytes, protection,
            file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED,
            file, 0)) {
    if (memory_ == MAP_FAILED) {
      ThrowErrno("no memory for " + std::to_string(bytes) +
                 " bytes of records");
    }
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (memory_ != nullptr) munmap(memory_, bytes_);
  }

  std::byte* get() const noexcept { return static_cast<std::byte*>(memory_); }
  void Keep() noexcept { memory_ = nullptr; }

 private:
  const std::size_t bytes_;
  void* memory_;
};

void Require(bool condition, const char* what, std::size_t value) {
  if (condition) return;
  throw std::invalid_argument("weft: FlightRecorderOptions::" +
                              std::string(what) + ": " + std::to_string(value));
}

Image MakeImage(std::byte* memory, const FlightRecorderOptions& options) {
  auto& head = *new (memory) ImageHead{};
  head.magic = observe_internal::kImageMagic;
  head.version = observe_internal::kImageVersion;
  head.process_id = static_cast<std::uint32_t>(getpid());
  head.threads = options.max_threads;
  head.ring_capacity = options.ring_bytes / kRecordBytes;
  head.sites = kSites;
  // relaxed: nobody else knows it yet.
  head.ns_per_tick.store(std::bit_cast<std::uint64_t>(NsPerTick()),
                         std::memory_order_relaxed);
  const Moment first = MomentNow();
  head.first_ticks = first.ticks;
  head.first_steady_ns = first.steady_ns;
  head.first_unix_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                           std::chrono::system_clock::now().time_since_epoch())
                           .count();
  // The first stands for what is not known.
  head.sites_used.store(1, std::memory_order_relaxed);  // relaxed: as above
  return Image(memory);
}

void CheckImage(const ImageHead& head, std::size_t bytes,
                const std::string& file) {
  const auto require = [&](bool condition, const char* what) {
    if (!condition) throw std::invalid_argument("weft: " + file + what);
  };
  require(head.magic == observe_internal::kImageMagic,
          " is no file of a flight recorder");
  require(head.version == observe_internal::kImageVersion,
          " is of another version");
  require(
      head.threads <= kMaxThreads && head.sites >= 1 &&
          head.sites <= kMaxSites && std::has_single_bit(head.ring_capacity) &&
          head.ring_capacity <= kMaxRing / kRecordBytes &&
          Image::Bytes(head.threads, head.ring_capacity, head.sites) <= bytes,
      " is damaged");
}

}  // namespace

std::size_t FlightRecorderBytes(const FlightRecorderOptions& options) {
  Require(std::has_single_bit(options.ring_bytes) &&
              options.ring_bytes >= kMinRing && options.ring_bytes <= kMaxRing,
          "ring_bytes must be a power of two from 1 KiB to 1 GiB",
          options.ring_bytes);
  Require(options.max_threads >= 1 && options.max_threads <= kMaxThreads,
          "max_threads must be from 1 to 65,536", options.max_threads);
  return Image::Bytes(options.max_threads, options.ring_bytes / kRecordBytes,
                      kSites);
}

void StartFlightRecorder(const FlightRecorderOptions& options) {
  const std::size_t bytes = FlightRecorderBytes(options);
  if (CurrentImage()) {
    throw std::logic_error("weft: there is a flight recorder already");
  }
  std::optional<NewFile> file;
  if (!options.file.empty()) file.emplace(options.file, bytes);
  Mapping mapping(file ? file->get() : -1, PROT_READ | PROT_WRITE, bytes);
  const Image image = MakeImage(mapping.get(), options);
  if (file) file->Publish();
  observe_internal::RecordInto(image);
  mapping.Keep();
}

Recording TakeSnapshot() {
  const Image image = CurrentImage();
  if (!image) return {};
  const Moment now = MomentNow();
  ImageHead& head = image.head();
  // The longer it has been, the better it is known.
  head.ns_per_tick.store(std::bit_cast<std::uint64_t>(NsPerTick(
                             {head.first_ticks, head.first_steady_ns}, now)),
                         std::memory_order_relaxed);  // relaxed: a number
  return observe_internal::ReadImage(image, now.ticks);
}

Recording ReadRecording(const std::string& name) {
  const File file(open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) ThrowErrno("cannot read " + name);
  struct stat status{};
  if (fstat(file.get(), &status) != 0) ThrowErrno("cannot read " + name);
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes < sizeof(ImageHead)) {
    throw std::invalid_argument("weft: " + name +
                                " is no file of a flight recorder");
  }
  const Mapping mapping(file.get(), PROT_READ, bytes);
  const Image image(mapping.get());
  CheckImage(image.head(), bytes, name);
  return observe_internal::ReadImage(image, 0);
}

}  // namespace weft::observe
