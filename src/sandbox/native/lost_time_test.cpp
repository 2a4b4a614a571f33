#include "sandbox/native/lost_time.hpp"

#include <gtest/gtest.h>

namespace evalx::sandbox::native {
namespace {

constexpr Microseconds kSecond{1'000'000};

TEST(LostTime, IsNothingForASleeperOnABusyMachine) {
  LossEvidence sleeper;
  sleeper.run_delay = Microseconds{300};
  sleeper.around.busy = 12 * kSecond;
  EXPECT_EQ(lost_of(sleeper), Microseconds{300});
}

TEST(LostTime, IsTheWaitingForOtherProcesses) {
  LossEvidence beside_others;
  beside_others.run_delay = 4 * kSecond;
  beside_others.run_cpu = 2 * kSecond;
  beside_others.around.busy = 12 * kSecond;
  beside_others.around.ours = 2 * kSecond;
  EXPECT_EQ(lost_of(beside_others), 4 * kSecond);
}

TEST(LostTime, IsNotWhatAProgramGaveUpItself) {
  LossEvidence yields;
  yields.run_delay = 4 * kSecond;
  yields.entitled = Microseconds{20'000};
  yields.around.busy = 8 * kSecond;
  EXPECT_EQ(lost_of(yields), Microseconds{20'000});
  yields.around.throttled = kSecond;  // A quota around it is none of its doing.
  EXPECT_EQ(lost_of(yields), kSecond + Microseconds{20'000});
}

TEST(LostTime, EntitlesAThreadWithFullTurnsToAllItsWaiting) {
  EXPECT_EQ(entitled_wait(kSecond, 300, 2), Microseconds::max());
  EXPECT_EQ(entitled_wait(kSecond, 0, 2), Microseconds::max());
  EXPECT_EQ(entitled_wait(Microseconds{}, 0, 2), Microseconds::max());
}

TEST(LostTime, EntitlesAThreadWithShortTurnsToItsFairShare) {
  // sched_yield in a loop beside others: ten thousand turns of a microsecond.
  EXPECT_EQ(entitled_wait(Microseconds{10'000}, 10'000, 2), Microseconds{20'000});
  EXPECT_EQ(entitled_wait(kSecond, 2'000, 3), 3 * kSecond);
}

TEST(LostTime, IsNotTheWaitingForOtherSlotsOrForOwnThreads) {
  LossEvidence beside_slots;
  beside_slots.run_delay = 4 * kSecond;
  beside_slots.run_cpu = 2 * kSecond;
  beside_slots.around.busy = 12 * kSecond;
  beside_slots.around.ours = 12 * kSecond;
  EXPECT_EQ(lost_of(beside_slots), Microseconds{});
  LossEvidence alone_on_its_cpu = beside_slots;
  alone_on_its_cpu.pinned = true;
  alone_on_its_cpu.run_cpu = 12 * kSecond;
  EXPECT_EQ(lost_of(alone_on_its_cpu), Microseconds{});
}

TEST(LostTime, IsWhatAQuotaForbadeAsFarAsTheRunWaited) {
  LossEvidence throttled;
  throttled.run_delay = 3 * kSecond;
  throttled.run_cpu = kSecond;
  throttled.around.busy = throttled.around.ours = kSecond;
  throttled.around.throttled = 7 * kSecond;
  EXPECT_EQ(lost_of(throttled), 3 * kSecond);
}

TEST(LostTime, IsATimeInWhichTheSupervisorCouldNotWake) {
  LossEvidence frozen;
  frozen.gaps = 10 * kSecond;
  frozen.own_delay = kSecond;
  EXPECT_EQ(lost_of(frozen), 9 * kSecond);
}

TEST(LostTime, IsTheWaitingForMemoryThatOthersLimit) {
  LossEvidence stalled;
  stalled.around.stalled = 5 * kSecond;
  EXPECT_EQ(lost_of(stalled), 5 * kSecond);
  stalled.around.stalled = -5 * kSecond;  // The run met its own limit since.
  EXPECT_EQ(lost_of(stalled), Microseconds{});
}

TEST(LostTime, IsTheRunsPartOfWhatTheHypervisorTook) {
  LossEvidence stolen;
  stolen.run_cpu = kSecond;
  stolen.around.busy = stolen.around.ours = 4 * kSecond;
  stolen.around.stolen = 8 * kSecond;
  EXPECT_EQ(lost_of(stolen), 2 * kSecond);
}

class QuietGroup : public kernel::RunGroup {
 public:
  Result<> begin(kernel::GroupLimits) override { return {}; }
  Result<Microseconds> cpu_time() const override { return Microseconds{}; }
  Result<kernel::GroupUsage> usage() const override { return kernel::GroupUsage{}; }
  int clone_into_fd() const override { return -1; }
  std::span<const int> join_fds() const override { return {}; }
  int out_of_memory_fd() const override { return -1; }
  void kill() noexcept override {}
  std::vector<int> descriptors() const override { return {}; }
  void reclaim() noexcept override {}
};

TEST(LostTime, CountsHowMuchLaterItsOwnerWokeThanItWanted) {
  using std::chrono::milliseconds;
  const QuietGroup group;
  const auto start = std::chrono::steady_clock::now();
  LostTime lost{group, -1, start};
  lost.woke(start + milliseconds{5}, start + milliseconds{250});  // An event woke it.
  lost.woke(start + milliseconds{256}, start + milliseconds{255});
  lost.woke(start + milliseconds{10'500}, start + milliseconds{500});
  EXPECT_GE(lost.at_end(Microseconds{}), Microseconds{9'900'000});
  EXPECT_LE(lost.at_end(Microseconds{}), Microseconds{10'000'000});
}

/// Another process uses the CPU a second between two looks.
class BusyGroup final : public QuietGroup {
 public:
  kernel::Contention contention(int) const override {
    busy_ += kSecond;
    kernel::Contention now;
    now.busy = busy_;
    return now;
  }

 private:
  mutable Microseconds busy_{};
};

TEST(LostTime, MeasuresARunThatWakesItsOwnerOftenByOutput) {
  using std::chrono::milliseconds;
  const BusyGroup group;
  const auto start = std::chrono::steady_clock::now();
  LostTime lost{group, -1, start};
  for (milliseconds at{5}; at <= milliseconds{300}; at += milliseconds{5})
    lost.woke(start + at, start + at);
  EXPECT_EQ(lost.at_end(kSecond / 2), kSecond / 2);
}

}  // namespace
}  // namespace evalx::sandbox::native
