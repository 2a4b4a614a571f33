#pragma once
// V2RunGroup: the run group of cgroup v2, a leaf of its slot.

#include <optional>

#include "kernel/cgroup/baseline.hpp"
#include "kernel/cgroup/enclosing.hpp"
#include "kernel/cgroup/run_group.hpp"
#include "kernel/fd.hpp"
#include "kernel/file.hpp"

namespace evalx::kernel {

/// The run leaf. Before Linux 6.12 memory.peak cannot be reset, so each run gets a leaf of its own;
/// since 6.12 all runs use one leaf.
class V2RunGroup final : public RunGroup {
 public:
  /// `enclosing` must outlive the group.
  V2RunGroup(Fd slot, const Enclosing& enclosing) : slot_(std::move(slot)), enclosing_(enclosing) {}

  Result<> begin(GroupLimits limits) override;
  Result<Microseconds> cpu_time() const override;
  Contention contention(int cpu) const override;
  double crowd() const override { return enclosing_.crowd(); }
  Result<GroupUsage> usage() const override;
  int clone_into_fd() const override { return leaf_.get(); }
  std::span<const int> join_fds() const override { return {}; }
  int out_of_memory_fd() const override { return -1; }
  void kill() noexcept override {
    static_cast<void>(write_file(leaf_.get(), "cgroup.kill", "1").has_value());
  }
  std::vector<int> descriptors() const override {
    std::vector<int> all{slot_.get(),      leaf_.get(),          peak_.get(),
                         cpu_stat_.get(),  memory_events_.get(), pids_events_.get(),
                         pids_peak_.get(), memory_now_.get(),    stalls_.get()};
    const std::vector<int> around = enclosing_.descriptors();
    all.insert(all.end(), around.begin(), around.end());
    return all;
  }
  void reclaim() noexcept override;

  static constexpr const char* kLeaf = "run";

 private:
  Result<> make_leaf();
  Result<> set_limits(GroupLimits limits);

  Fd slot_;
  Fd leaf_, peak_, cpu_stat_, memory_events_, pids_events_, pids_peak_, memory_now_, stalls_;
  const Enclosing& enclosing_;
  bool peak_resets_ = false;
  std::optional<GroupLimits> limits_;
  struct Counters {
    std::uint64_t oom_kills = 0, ooms = 0, refused_forks = 0, most_processes = 0;
    std::uint64_t full = 0;  ///< How often the memory limit was met, with or without a victim.
    std::uint64_t user_usec = 0, system_usec = 0;
  };
  Result<Counters> read_counters() const;
  [[nodiscard]] bool has_refused(const Counters& now) const;

  mutable Baseline<Counters> base_;
  std::uint64_t refused_around_ = 0;  ///< Enclosing::refusals() when the run began.
};

}  // namespace evalx::kernel
