#pragma once
// V1RunGroup: the run group of cgroup v1, in three hierarchies.

#include <array>
#include <cstddef>
#include <memory>
#include <optional>

#include "kernel/cgroup/baseline.hpp"
#include "kernel/cgroup/enclosing.hpp"
#include "kernel/cgroup/run_group.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

enum V1Hierarchy : std::size_t { kMemory, kPids, kCpuacct, kV1Hierarchies };

class V1RunGroup final : public RunGroup {
 public:
  /// `enclosing` must outlive the group.
  static Result<std::unique_ptr<V1RunGroup>> open(const std::array<int, kV1Hierarchies>& dirs,
                                                  const Enclosing& enclosing);
  explicit V1RunGroup(const Enclosing& enclosing) : enclosing_(enclosing) {}
  ~V1RunGroup() override = default;

  Result<> begin(GroupLimits limits) override;
  Result<Microseconds> cpu_time() const override;
  Contention contention(int cpu) const override { return enclosing_.contention(cpu); }
  double crowd() const override { return enclosing_.crowd(); }
  Result<GroupUsage> usage() const override;
  int clone_into_fd() const override { return -1; }
  std::span<const int> join_fds() const override { return join_raw_; }
  int out_of_memory_fd() const override { return oom_event_.get(); }
  bool is_out_of_memory() const override;
  void kill() noexcept override {}
  std::vector<int> descriptors() const override;
  void reclaim() noexcept override;

 private:
  Result<> set_limits(GroupLimits limits);
  Result<std::uint64_t> number(const Fd& file) const;

  std::array<Fd, kV1Hierarchies> join_;
  std::array<int, kV1Hierarchies> join_raw_{};
  Fd memory_limit_, swap_limit_, memory_peak_, swap_peak_, memory_now_, force_empty_;
  Fd oom_control_, oom_event_, pids_max_, pids_events_, pids_peak_;
  Fd cpu_total_, cpu_user_, cpu_system_;
  const Enclosing& enclosing_;
  std::optional<GroupLimits> limits_;
  struct Counters {
    std::uint64_t oom_kills = 0, refused_forks = 0, most_processes = 0;
    std::uint64_t cpu_total_ns = 0, cpu_user_ns = 0, cpu_system_ns = 0;
  };
  Result<Counters> read_counters() const;
  [[nodiscard]] std::uint64_t memory_and_swap_peak() const;
  [[nodiscard]] bool has_refused(const Counters& now) const;

  mutable Baseline<Counters> base_;
};

}  // namespace evalx::kernel
