// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A library that, preloaded into a test, makes its surroundings worse before
// main() begins. The variable DISTURB says how:
//
//   signals        a signal each millisecond interrupts whatever system call is
//                  under way on some thread
//   no_membarrier  the kernel refuses membarrier(2), as container runtimes do
//   clock          the wall clock is set 20 times a second, by two hours, forth
//                  and back
//
// At the end of the process it says on standard error what it has done, so that
// a caller can see that it has.

#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
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

// How often it has disturbed.
std::atomic<long> signals{0};
std::atomic<long> readings{0};
bool sets_clock = false;

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

timespec KernelNow(clockid_t clock) {
  timespec now = {};
  syscall(SYS_clock_gettime, clock, &now);
  return now;
}

// Returns how far ahead, in seconds, the wall clock is set at a moment.
time_t WallClockIsAhead() {
  if (!sets_clock) return 0;
  const timespec now = KernelNow(CLOCK_MONOTONIC);
  // relaxed: a count, read at the end.
  readings.fetch_add(1, std::memory_order_relaxed);
  return now.tv_nsec / 50'000'000 % 2 == 0 ? 3600 : -3600;
}

[[gnu::constructor]] void Begin() {
  const char* const how = std::getenv("DISTURB");
  if (how == nullptr) return;
  if (std::strcmp(how, "signals") == 0) SendSignals();
  if (std::strcmp(how, "no_membarrier") == 0) RefuseMembarrier();
  sets_clock = std::strcmp(how, "clock") == 0;
}

[[gnu::destructor]] void End() {
  const char* const how = std::getenv("DISTURB");
  if (how == nullptr) return;
  // relaxed: as above.
  const long times = signals.load(std::memory_order_relaxed) +
                     readings.load(std::memory_order_relaxed);
  std::fprintf(stderr, "disturb: %s, %ld times\n", how, times);
}

}  // namespace

// In the place of the C library's.
extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long result = syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += WallClockIsAhead();
  return static_cast<int>(result);
}

// In the place of the C library's, too. It takes the time for one of the wall
// clock: no program here waits in this way by another clock. A wait ends after
// a second, as if for no reason, which it may: the clock may be set between the
// reading of it and the wait, which would last for hours.
extern "C" int pthread_cond_timedwait(pthread_cond_t* condition,
                                      pthread_mutex_t* mutex,
                                      const timespec* until) {
  if (!sets_clock) {
    static const auto of_library =
        reinterpret_cast<decltype(&pthread_cond_timedwait)>(
            dlsym(RTLD_NEXT, "pthread_cond_timedwait"));
    return of_library(condition, mutex, until);
  }
  timespec kernels = *until;
  kernels.tv_sec -= WallClockIsAhead();
  timespec latest = KernelNow(CLOCK_REALTIME);
  ++latest.tv_sec;
  if (kernels.tv_sec < latest.tv_sec) {
    return pthread_cond_clockwait(condition, mutex, CLOCK_REALTIME, &kernels);
  }
  const int result =
      pthread_cond_clockwait(condition, mutex, CLOCK_REALTIME, &latest);
  return result == ETIMEDOUT ? 0 : result;
}
