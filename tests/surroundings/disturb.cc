// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A library that, preloaded into a test, makes its surroundings worse before
// main() begins. The variable DISTURB says how:
//
//   signals        a signal each millisecond interrupts whatever system call is
//                  under way on some thread
//   no_membarrier  the kernel refuses membarrier(2), as container runtimes do
//
// At the end of the process it says on standard error what it has done, so that
// a caller can see that it has.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

std::atomic<long> signals{0};

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "disturb: %s: %s\n", what, std::strerror(errno));
  std::_Exit(98);
}

void SendSignals() {
  struct sigaction action = {};
  // Without SA_RESTART: calls return EINTR.
  action.sa_handler = [](int) {
    // relaxed: a count, read at the end.
    signals.fetch_add(1, std::memory_order_relaxed);
  };
  if (sigaction(SIGUSR2, &action, nullptr) != 0) Fail("sigaction");
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR2;
  timer_t timer = nullptr;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) Fail("timer_create");
  const itimerspec each_millisecond = {{0, 1'000'000}, {0, 1'000'000}};
  if (timer_settime(timer, 0, &each_millisecond, nullptr) != 0) {
    Fail("timer_settime");
  }
}

void RefuseMembarrier() {
  std::array<sock_filter, 4> filter = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog program = {filter.size(), filter.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    Fail("seccomp");
  }
  if (syscall(SYS_membarrier, 0, 0, 0) != -1) Fail("membarrier is allowed");
}

[[gnu::constructor]] void Begin() {
  const char* const how = std::getenv("DISTURB");
  if (how == nullptr) return;
  if (std::strcmp(how, "signals") == 0) SendSignals();
  if (std::strcmp(how, "no_membarrier") == 0) RefuseMembarrier();
}

[[gnu::destructor]] void End() {
  const char* const how = std::getenv("DISTURB");
  if (how == nullptr) return;
  // relaxed: as above.
  std::fprintf(stderr, "disturb: %s, %ld signals\n", how,
               signals.load(std::memory_order_relaxed));
}

}  // namespace
