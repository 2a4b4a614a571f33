#include "judge/verdict.hpp"

#include <gtest/gtest.h>
#include <signal.h>

namespace evalx::judge {
namespace {

using sandbox::Cause;
using sandbox::Outcome;
using submission::Verdict;

Outcome ended(Cause cause, int signal = SIGKILL) {
  Outcome outcome;
  outcome.cause = cause;
  outcome.signal = signal;
  return outcome;
}

Outcome exited(int code) {
  Outcome outcome;
  outcome.exit_code = code;
  return outcome;
}

Verdict verdict(const Outcome& outcome) {
  return decide(outcome, std::nullopt).verdict;
}

TEST(Verdict, AcceptsAGoodExitWithTheRightOutput) {
  EXPECT_EQ(verdict(exited(0)), Verdict::Accepted);
  EXPECT_TRUE(is_to_compare(exited(0)));
}

TEST(Verdict, NamesThePlaceOfAWrongAnswer) {
  const Decision decision = decide(exited(0), "line 3 differs");
  EXPECT_EQ(decision.verdict, Verdict::WrongAnswer);
  EXPECT_EQ(decision.message, "line 3 differs");
}

TEST(Verdict, TakesAnExitCodeForARuntimeErrorWithoutComparing) {
  const Decision decision = decide(exited(1), "line 3 differs");
  EXPECT_EQ(decision.verdict, Verdict::RuntimeError);
  EXPECT_EQ(decision.message, "exit code 1");
  EXPECT_FALSE(is_to_compare(exited(1)));
}

TEST(Verdict, TakesExit137ForAnExitCodeAndNotForAKill) {
  const Decision decision = decide(exited(137), std::nullopt);
  EXPECT_EQ(decision.verdict, Verdict::RuntimeError);
  EXPECT_EQ(decision.message, "exit code 137");
}

TEST(Verdict, TakesASigkillThatEvalxDidNotSendForARuntimeError) {
  const Decision decision = decide(ended(Cause::Signaled, SIGKILL), std::nullopt);
  EXPECT_EQ(decision.verdict, Verdict::RuntimeError);
  EXPECT_EQ(decision.message, "killed by SIGKILL");
}

TEST(Verdict, TakesOtherSignalsThatEvalxDidNotSendForARuntimeError) {
  EXPECT_EQ(verdict(ended(Cause::Signaled, SIGXCPU)), Verdict::RuntimeError);
  EXPECT_EQ(verdict(ended(Cause::Signaled, SIGXFSZ)), Verdict::RuntimeError);
  EXPECT_EQ(verdict(ended(Cause::Signaled, SIGSYS)), Verdict::RuntimeError);
}

TEST(Verdict, ShowsTheNumberOfASignalWithoutAName) {
  EXPECT_EQ(decide(ended(Cause::Signaled, 40), std::nullopt).message, "killed by signal 40");
}

TEST(Verdict, DependsOnTheCauseAndNotOnTheSignal) {
  for (const int signal : {0, SIGKILL, SIGSEGV, SIGABRT, SIGXCPU}) {
    EXPECT_EQ(verdict(ended(Cause::Memory, signal)), Verdict::MemoryLimit);
    EXPECT_EQ(verdict(ended(Cause::CpuTime, signal)), Verdict::TimeLimit);
    EXPECT_EQ(verdict(ended(Cause::WallTime, signal)), Verdict::WallLimit);
    EXPECT_EQ(verdict(ended(Cause::Output, signal)), Verdict::OutputLimit);
    EXPECT_EQ(verdict(ended(Cause::Forbidden, signal)), Verdict::SecurityViolation);
    EXPECT_EQ(verdict(ended(Cause::Cancelled, signal)), Verdict::Cancelled);
  }
}

TEST(Verdict, ComparesOnlyIfTheProgramExited) {
  for (const Cause cause : {Cause::Signaled, Cause::CpuTime, Cause::WallTime, Cause::Memory,
                            Cause::Output, Cause::Forbidden, Cause::Cancelled}) {
    EXPECT_FALSE(is_to_compare(ended(cause)));
  }
}

TEST(Verdict, NamesTheStreamThatIsOverTheOutputLimit) {
  Outcome outcome = ended(Cause::Output);
  outcome.err = {"x", 2};
  EXPECT_EQ(decide(outcome, std::nullopt).message, "stderr is over the output limit");
  outcome.out = {"x", 2};
  EXPECT_EQ(decide(outcome, std::nullopt).message, "stdout is over the output limit");
}

TEST(Verdict, NeverAcceptsATruncatedOutput) {
  Outcome outcome = exited(0);
  outcome.out = {"x", 2};
  EXPECT_EQ(verdict(outcome), Verdict::OutputLimit);
  EXPECT_FALSE(is_to_compare(outcome));
}

TEST(Verdict, RanksOutputBeforeMemoryAndTime) {
  for (const Cause cause : {Cause::Memory, Cause::CpuTime, Cause::WallTime, Cause::Signaled}) {
    Outcome outcome = ended(cause);
    outcome.out = {"x", 2};
    EXPECT_EQ(verdict(outcome), Verdict::OutputLimit);
  }
}

TEST(Verdict, RanksForbiddenCallsAndCancellationBeforeOutput) {
  for (const auto& [cause, expected] : {std::pair{Cause::Forbidden, Verdict::SecurityViolation},
                                        std::pair{Cause::Cancelled, Verdict::Cancelled}}) {
    Outcome outcome = ended(cause);
    outcome.out = {"x", 2};
    EXPECT_EQ(verdict(outcome), expected);
  }
}

TEST(Verdict, HasNoVerdictForAProcessLimit) {
  Outcome outcome = exited(0);
  outcome.process_limit_hit = true;
  EXPECT_EQ(verdict(outcome), Verdict::Accepted);
}

TEST(Verdict, MayBeDisturbedUnlessTheRunMetALimitOfItsOwn) {
  EXPECT_FALSE(may_be_disturbed(exited(1)));
  for (const Cause cause : {Cause::Exited, Cause::Signaled, Cause::WallTime}) {
    Outcome outcome = ended(cause);
    outcome.disturbance = "no memory left";
    EXPECT_TRUE(may_be_disturbed(outcome));
  }
  for (const Cause cause : {Cause::CpuTime, Cause::Memory, Cause::Output, Cause::Forbidden}) {
    Outcome outcome = ended(cause);
    outcome.disturbance = "no memory left";
    EXPECT_FALSE(may_be_disturbed(outcome));
  }
}

}  // namespace
}  // namespace evalx::judge
