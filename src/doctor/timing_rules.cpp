#include "doctor/timing_rules.hpp"

namespace evalx::doctor {
namespace {

Finding judge_clock(const TimingFacts& facts) {
  // With these, each reading of the clock is a system call that reads a slow device.
  const bool is_slow =
      facts.clock == "hpet" || facts.clock == "acpi_pm" || facts.clock == "jiffies";
  if (!is_slow) return good("clock", facts.clock.empty() ? "unknown" : facts.clock);
  return reduced("clock", facts.clock, "programs that often read the clock are slow",
                 "boot with tsc=reliable, if the time stamp counters of this machine are reliable");
}

Finding judge_share(const TimingFacts& facts) {
  const std::string detail =
      std::to_string(facts.sandboxes) + " sandboxes on " + std::to_string(facts.cpus) + " CPUs";
  if (facts.sandboxes <= facts.cpus) return good("CPUs", detail);
  return reduced("CPUs", detail, "programs wait for each other: wall times grow with the load",
                 "set max_concurrent_sandboxes to at most " + std::to_string(facts.cpus));
}

Finding judge_huge_pages(const TimingFacts& facts) {
  if (facts.huge_pages != "always")
    return good("huge pages", facts.huge_pages.empty() ? "unknown" : facts.huge_pages);
  return reduced("huge pages", "always",
                 "a program's time and memory depend on the free pages of the kernel",
                 "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
}

Finding judge_turbo(const TimingFacts& facts) {
  if (!facts.turbo) return good("turbo", "unknown");
  if (!*facts.turbo) return good("turbo", "off");
  return reduced(
      "turbo", "on", "a CPU runs faster while the others are idle: times vary with the load",
      "echo 0 > /sys/devices/system/cpu/cpufreq/boost (intel_pstate: echo 1 > no_turbo)");
}

Finding judge_governor(const TimingFacts& facts) {
  const bool is_steady = facts.governor.empty() || facts.governor == "performance";
  if (is_steady) return good("CPU governor", facts.governor.empty() ? "unknown" : facts.governor);
  return reduced("CPU governor", facts.governor,
                 "short programs end before the CPU is at full speed",
                 "cpupower frequency-set -g performance");
}

/// For information only: on is normal.
Finding describe_randomisation(const TimingFacts& facts) {
  if (!facts.address_randomisation) return good("address randomisation", "unknown");
  return good("address randomisation", *facts.address_randomisation == 0
                                           ? "off; times vary less from run to run"
                                           : "on; times vary a little from run to run");
}

}  // namespace

Findings judge_timing(const TimingFacts& facts) {
  return {judge_clock(facts),    judge_share(facts),      judge_turbo(facts),
          judge_governor(facts), judge_huge_pages(facts), describe_randomisation(facts)};
}

}  // namespace evalx::doctor
