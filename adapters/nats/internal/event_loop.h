// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The thread that reads from a connection's socket, and writes to it.
//
// libnats has two ways to write. Its own thread waits a millisecond for more,
// which a lone message waits too; or each message is a system call of whoever
// sends it. Here a lone message goes at once, and while that is written others
// gather, which go together: the busier, the more.

#ifndef WEFT_ADAPTERS_NATS_INTERNAL_EVENT_LOOP_H_
#define WEFT_ADAPTERS_NATS_INTERNAL_EVENT_LOOP_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "nats/nats.h"
#include "weft/base/sync/mutex.h"

namespace weft::nats_internal {

// Of one connection, which takes its own lock before it calls this, so nothing
// of libnats is called while the lock of this is held.
//
// Thread-safety: thread-safe, but for construction and destruction.
// Lifetime: it must outlive the connection's use of it: `Close()` comes before
//   `Stop()`, and `natsConnection_Destroy()` after.
class EventLoop {
 public:
  // Throws std::system_error if there is no thread or descriptor.
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  // Has the connections that are made with these options use this.
  natsStatus AddTo(natsOptions* options);
  // Closes the connection on the thread of the loop: libnats reads without its
  // lock, and another thread would close the descriptor under that.
  void Close(natsConnection* connection) ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends the thread.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  static natsStatus Attach(void** loop, void* given, natsConnection* connection,
                           natsSock socket);
  static natsStatus Read(void* loop, bool begins);
  static natsStatus Write(void* loop, bool begins);
  static natsStatus Detach(void* loop);

  // Has the thread look at what is to be done now.
  void Wake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CloseIfAsked() ABSL_LOCKS_EXCLUDED(mutex_);
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);

  const int wake_fd_;
  base::Mutex mutex_;
  natsConnection* connection_ ABSL_GUARDED_BY(mutex_) = nullptr;
  natsSock socket_ ABSL_GUARDED_BY(mutex_) = -1;
  bool reads_ ABSL_GUARDED_BY(mutex_) = false;
  bool writes_ ABSL_GUARDED_BY(mutex_) = false;
  natsConnection* to_close_ ABSL_GUARDED_BY(mutex_) = nullptr;
  base::CondVar closed_;
  bool stops_ ABSL_GUARDED_BY(mutex_) = false;
  bool sleeps_ ABSL_GUARDED_BY(mutex_) = false;  // and nobody has woken it
  std::thread thread_;
};

}  // namespace weft::nats_internal

#endif  // WEFT_ADAPTERS_NATS_INTERNAL_EVENT_LOOP_H_
