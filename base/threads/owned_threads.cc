// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/threads/owned_threads.h"

#include <pthread.h>

#include <string>
#include <system_error>
#include <utility>

#include "weft/base/check.h"

namespace weft::base {

// An entry of a list. JoinAll() takes it out; then the thread that joins it
// owns it, or, if the thread has called JoinAll() itself, it owns itself.
//
// Not a std::thread, which cannot be joined without waiting.
struct OwnedThreads::Thread {
  enum class Phase { kRunning, kLeaving };

  std::function<void()> function;
  pthread_t id{};
  // Guarded by the lock of the owner.
  OwnedThreads* owner = nullptr;
  List::iterator place;
  bool is_listed = true;
  // Accessed by its own thread only.
  Phase phase = Phase::kRunning;
  bool is_left_alone = false;
};

OwnedThreads::OwnedThreads(const char* owner) noexcept : owner_(owner) {}

OwnedThreads::~OwnedThreads() {
  WEFT_CHECK(size() == 0, "threads outlive their owner");
}

void OwnedThreads::ThrowNoThread(const char* owner, int error) {
  throw std::system_error(error, std::generic_category(),
                          std::string(owner) +
                              ": no thread can be had; what limits them is "
                              "RLIMIT_NPROC, a cgroup's pids.max, and memory");
}

void* OwnedThreads::Body(void* thread) noexcept {
  auto& self = *static_cast<Thread*>(thread);
  self.function();
  self.function = nullptr;
  if (self.is_left_alone) {
    delete &self;
    return nullptr;
  }
  self.phase = Thread::Phase::kLeaving;
  const MutexLock lock(self.owner->mutex_);
  if (self.is_listed) {
    self.owner->leaving_.splice(self.owner->leaving_.end(),
                                self.owner->running_, self.place);
  }
  return nullptr;
}

void OwnedThreads::Start(std::function<void()> function) {
  List added;
  Thread& thread = *added.emplace_back(std::make_unique<Thread>());
  thread.function = std::move(function);
  thread.owner = this;
  thread.place = added.begin();
  const MutexLock lock(mutex_);
  Reap();
  // Under the lock: the thread cannot leave before it is listed.
  if (const int error =
          pthread_create(&thread.id, nullptr, &OwnedThreads::Body, &thread)) {
    ThrowNoThread(owner_, error);
  }
  running_.splice(running_.end(), added);
}

void OwnedThreads::Reap() noexcept {
  leaving_.remove_if([](const std::unique_ptr<Thread>& thread) {
    return pthread_tryjoin_np(thread->id, nullptr) == 0;
  });
}

void OwnedThreads::JoinAll() noexcept {
  List ending;
  {
    const MutexLock lock(mutex_);
    ending.splice(ending.end(), running_);
    ending.splice(ending.end(), leaving_);
    for (const auto& thread : ending) thread->is_listed = false;
  }
  for (auto& thread : ending) {
    if (!pthread_equal(thread->id, pthread_self())) {
      pthread_join(thread->id, nullptr);
      continue;
    }
    pthread_detach(thread->id);
    thread->is_left_alone = true;
    // Its function, which has called JoinAll(), has yet to return.
    if (thread->phase == Thread::Phase::kRunning) {
      static_cast<void>(thread.release());
    }
  }
}

std::size_t OwnedThreads::size() const noexcept {
  const MutexLock lock(mutex_);
  return running_.size() + leaving_.size();
}

}  // namespace weft::base
