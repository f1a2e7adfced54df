// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/threads/at_fork.h"

#include <pthread.h>

#include "absl/base/thread_annotations.h"
#include "weft/base/check.h"

namespace weft::base {

struct AtForkList {
  static void Prepare() noexcept ABSL_NO_THREAD_SAFETY_ANALYSIS {
    mutex.Lock();
    for (const auto nesting :
         {AtFork::Nesting::kOuter, AtFork::Nesting::kInner}) {
      for (AtFork* i = oldest; i != nullptr; i = i->newer_) {
        if (i->nesting_ == nesting) i->mutex_.Lock();
      }
    }
  }
  static void InParent() noexcept ABSL_NO_THREAD_SAFETY_ANALYSIS {
    for (AtFork* i = newest; i != nullptr; i = i->older_) i->mutex_.Unlock();
    mutex.Unlock();
  }
  static void InChild() noexcept ABSL_NO_THREAD_SAFETY_ANALYSIS {
    for (AtFork* i = oldest; i != nullptr; i = i->newer_) {
      if (i->in_child_ != nullptr) i->in_child_();
    }
    InParent();
  }

  static void Register() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (is_registered) return;
    is_registered = true;
    WEFT_CHECK(pthread_atfork(Prepare, InParent, InChild) == 0,
               "pthread_atfork() failed: the process is out of memory");
  }

  static constinit Mutex mutex;
  static constinit bool is_registered ABSL_GUARDED_BY(mutex);
  static constinit AtFork* oldest ABSL_GUARDED_BY(mutex);
  static constinit AtFork* newest ABSL_GUARDED_BY(mutex);
};

constinit Mutex AtForkList::mutex;
constinit bool AtForkList::is_registered = false;
constinit AtFork* AtForkList::oldest = nullptr;
constinit AtFork* AtForkList::newest = nullptr;

AtFork::AtFork(Mutex& mutex, InChild in_child, Nesting nesting) noexcept
    : mutex_(mutex), in_child_(in_child), nesting_(nesting) {
  const MutexLock lock(AtForkList::mutex);
  AtForkList::Register();
  older_ = AtForkList::newest;
  (older_ == nullptr ? AtForkList::oldest : older_->newer_) = this;
  AtForkList::newest = this;
}

AtFork::~AtFork() {
  const MutexLock lock(AtForkList::mutex);
  (older_ == nullptr ? AtForkList::oldest : older_->newer_) = newer_;
  (newer_ == nullptr ? AtForkList::newest : newer_->older_) = older_;
}

}  // namespace weft::base
