#include "show/run_summary.hpp"

#include <gtest/gtest.h>

namespace evalx::app {
namespace {

using sandbox::Cause;

sandbox::Outcome outcome(Cause cause) {
  sandbox::Outcome outcome;
  outcome.cause = cause;
  outcome.cpu_user = Microseconds{10'000};
  outcome.cpu_system = Microseconds{2'000};
  outcome.wall = Microseconds{15'000};
  outcome.memory_peak = Bytes{3'565'158};
  return outcome;
}
const submission::Limits kLimits;

TEST(RunSummary, ShowsTheExitCode) {
  auto seven = outcome(Cause::Exited);
  seven.exit_code = 7;
  EXPECT_EQ(run_summary(seven, kLimits), "exited 7 · 12 ms cpu · 15 ms wall · 3.4 MiB");
  EXPECT_EQ(exit_code_of(seven), 7);
}

TEST(RunSummary, NamesTheSignal) {
  auto killed = outcome(Cause::Signaled);
  killed.signal = 11;
  EXPECT_EQ(run_summary(killed, kLimits), "killed by SIGSEGV · 12 ms cpu · 15 ms wall · 3.4 MiB");
  EXPECT_EQ(exit_code_of(killed), 139);
  EXPECT_EQ(signal_name(40), "signal 40");
}

TEST(RunSummary, ShowsTheLimitAndTheUse) {
  auto late = outcome(Cause::CpuTime);
  late.cpu_user = Microseconds{2'000'000};
  EXPECT_EQ(run_summary(late, kLimits),
            "time limit: 2.00 s of CPU used, 2.00 s allowed · 15 ms wall · 3.4 MiB");
  EXPECT_EQ(run_summary(outcome(Cause::WallTime), kLimits),
            "wall time limit: 15 ms passed, 6.00 s allowed · 12 ms cpu · 3.4 MiB");
  EXPECT_EQ(run_summary(outcome(Cause::Memory), kLimits),
            "memory limit: more than 256 MiB needed · 12 ms cpu · 15 ms wall · 3.4 MiB");
}

TEST(RunSummary, GivesTheSameExitCodeForEveryLimit) {
  for (const Cause cause : {Cause::CpuTime, Cause::WallTime, Cause::Memory, Cause::Output})
    EXPECT_EQ(exit_code_of(outcome(cause)), 124);
  EXPECT_EQ(exit_code_of(outcome(Cause::Cancelled)), 130);
  EXPECT_EQ(exit_code_of(outcome(Cause::Forbidden)), 159);
}

TEST(RunSummary, MentionsAProcessLimitThatDidNotEndTheProgram) {
  auto crowded = outcome(Cause::Exited);
  crowded.process_limit_hit = true;
  EXPECT_EQ(run_summary(crowded, kLimits),
            "exited 0 · process limit of 64 hit · 12 ms cpu · 15 ms wall · 3.4 MiB");
}

TEST(RunSummary, SaysThatOthersDisturbedTheRun) {
  auto robbed = outcome(Cause::Exited);
  robbed.disturbance = "no memory left";
  EXPECT_EQ(run_summary(robbed, kLimits),
            "exited 0 · 12 ms cpu · 15 ms wall · 3.4 MiB · no memory left");
}

}  // namespace
}  // namespace evalx::app
