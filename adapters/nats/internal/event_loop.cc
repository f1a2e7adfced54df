// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/nats/internal/event_loop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace weft::nats_internal {

using base::MutexLock;

namespace {

int NewEventFd() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0)
    throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

EventLoop::EventLoop() : wake_fd_(NewEventFd()) {
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (...) {
    close(wake_fd_);
    throw;
  }
}

EventLoop::~EventLoop() {
  Stop();
  close(wake_fd_);
}

natsStatus EventLoop::AddTo(natsOptions* options) {
  return natsOptions_SetEventLoop(options, this, Attach, Read, Write, Detach);
}

void EventLoop::Close(natsConnection* connection) {
  const MutexLock lock(mutex_);
  to_close_ = connection;
  Wake();
  while (to_close_ != nullptr) closed_.Wait(mutex_);
}

void EventLoop::Stop() {
  {
    const MutexLock lock(mutex_);
    stops_ = true;
    Wake();
  }
  if (thread_.joinable()) thread_.join();
}

natsStatus EventLoop::Attach(void** loop, void* given,
                             natsConnection* connection, natsSock socket) {
  auto& self = *static_cast<EventLoop*>(given);
  *loop = &self;
  const MutexLock lock(self.mutex_);
  self.connection_ = connection;
  self.socket_ = socket;
  self.reads_ = true;
  self.writes_ = false;
  self.Wake();
  return NATS_OK;
}

natsStatus EventLoop::Read(void* loop, bool begins) {
  auto& self = *static_cast<EventLoop*>(loop);
  const MutexLock lock(self.mutex_);
  self.reads_ = begins;
  self.Wake();
  return NATS_OK;
}

natsStatus EventLoop::Write(void* loop, bool begins) {
  auto& self = *static_cast<EventLoop*>(loop);
  const MutexLock lock(self.mutex_);
  self.writes_ = begins;
  if (begins) self.Wake();
  return NATS_OK;
}

natsStatus EventLoop::Detach(void* loop) {
  auto& self = *static_cast<EventLoop*>(loop);
  const MutexLock lock(self.mutex_);
  self.connection_ = nullptr;
  self.reads_ = false;
  self.writes_ = false;
  self.Wake();
  return NATS_OK;
}

void EventLoop::Wake() {
  if (!sleeps_) return;
  sleeps_ = false;
  const std::uint64_t one = 1;
  // It cannot fail: the count is 0 or 1.
  [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof(one));
}

void EventLoop::CloseIfAsked() {
  natsConnection* connection = nullptr;
  {
    const MutexLock lock(mutex_);
    connection = to_close_;
  }
  if (connection == nullptr) return;
  natsConnection_Close(connection);
  const MutexLock lock(mutex_);
  to_close_ = nullptr;
  closed_.NotifyAll();
}

void EventLoop::Run() {
  for (;;) {
    std::array<pollfd, 2> polled{{{wake_fd_, POLLIN, 0}, {-1, 0, 0}}};
    natsConnection* connection = nullptr;
    CloseIfAsked();
    {
      const MutexLock lock(mutex_);
      if (to_close_ != nullptr) continue;
      if (stops_) return;
      connection = connection_;
      if (connection != nullptr && (reads_ || writes_)) {
        polled[1] = {
            static_cast<int>(socket_),
            static_cast<short>((reads_ ? POLLIN : 0) | (writes_ ? POLLOUT : 0)),
            0};
      }
      sleeps_ = true;
    }
    const int ready = poll(polled.data(), polled.size(), -1);
    {
      const MutexLock lock(mutex_);
      sleeps_ = false;
    }
    if (ready < 0) continue;  // a signal
    if ((polled[0].revents & POLLIN) != 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t size =
          read(wake_fd_, &count, sizeof(count));
    }
    // The socket may have been closed meanwhile, and its number be another's:
    // libnats looks.
    if ((polled[1].revents & POLLOUT) != 0) {
      natsConnection_ProcessWriteEvent(connection);
    }
    if ((polled[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      natsConnection_ProcessReadEvent(connection);
    }
  }
}

}  // namespace weft::nats_internal
