#pragma once
// Lateness: for tests, how late this machine lets a process run that is ready, on each of its CPUs.

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stop_token>
#include <thread>
#include <vector>

namespace evalx::sandbox {

/// Measures from its construction on, with one sleeping thread on each CPU that this thread may
/// use. An emulated or a busy machine stops a CPU for a while: whatever ran there is late by that.
class Lateness {
 public:
  using Clock = std::chrono::steady_clock;

  Lateness() {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    if (::sched_getaffinity(0, sizeof cpus, &cpus) < 0) return;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &cpus))
        threads_.emplace_back([this, cpu](const std::stop_token& stop) { watch(cpu, stop); });
    }
  }
  Lateness(const Lateness&) = delete;
  Lateness& operator=(const Lateness&) = delete;

  /// The longest delay so far. A CPU that is stopped now has not reported that yet, so this first
  /// waits for all threads.
  std::chrono::milliseconds worst() {
    threads_.clear();
    return std::chrono::ceil<std::chrono::milliseconds>(worst_.load());
  }

 private:
  static constexpr std::chrono::milliseconds kTick{5};

  void watch(int cpu, const std::stop_token& stop) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(cpu, &only);
    ::sched_setaffinity(0, sizeof only, &only);
    while (!stop.stop_requested()) {
      const Clock::time_point begin = Clock::now();
      std::this_thread::sleep_for(kTick);
      // A delay that began just before the sleep did is seen as well.
      const Clock::duration late = Clock::now() - begin;
      if (late > 2 * kTick) note(late);
    }
  }
  void note(Clock::duration late) {
    Clock::duration before = worst_.load();
    while (before < late && !worst_.compare_exchange_weak(before, late)) {}
  }

  std::atomic<Clock::duration> worst_{Clock::duration{}};
  std::vector<std::jthread> threads_;  ///< Last: they use the members above.
};

}  // namespace evalx::sandbox
