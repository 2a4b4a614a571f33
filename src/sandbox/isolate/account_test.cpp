#include "sandbox/isolate/account.hpp"

#include <gmock/gmock.h>

#include <csignal>

namespace evalx::sandbox::isolate {
namespace {

using testing::HasSubstr;

Evidence ended(std::string meta, int code) {
  Evidence evidence;
  evidence.tool = {false, code};
  evidence.meta = "time:0.100\ntime-wall:0.200\nmax-rss:1000\n" + std::move(meta);
  return evidence;
}

Result<Outcome> account_of(Evidence evidence) {
  return account(std::move(evidence), {});
}

TEST(IsolateAccount, DistinguishesExitsFromSignals) {
  const Outcome exited = account_of(ended("exitcode:137\nstatus:RE\n", 1)).value();
  EXPECT_EQ(exited.cause, Cause::Exited);
  EXPECT_EQ(exited.exit_code, 137);
  const Outcome signaled = account_of(ended("exitsig:9\nstatus:SG\n", 1)).value();
  EXPECT_EQ(signaled.cause, Cause::Signaled);
  EXPECT_EQ(signaled.signal, 9);
}

TEST(IsolateAccount, TakesTheGroupsPeakWhereThereIsOne) {
  EXPECT_EQ(account_of(ended("exitcode:0\n", 0)).value().memory_peak, kibibytes(1000));
  EXPECT_EQ(account_of(ended("exitcode:0\ncg-mem:2000\n", 0)).value().memory_peak, kibibytes(2000));
}

TEST(IsolateAccount, DistinguishesTheTimeLimitsByTheTimes) {
  Evidence evidence;
  evidence.tool = {false, 1};
  const std::string end = "status:TO\nmessage:Time limit exceeded\nkilled:1\n";
  evidence.meta = end + "time:2.001\ntime-wall:2.100\n";
  EXPECT_EQ(account_of(evidence).value().cause, Cause::CpuTime);
  evidence.meta = end + "time:0.001\ntime-wall:6.001\n";
  EXPECT_EQ(account_of(evidence).value().cause, Cause::WallTime);
}

TEST(IsolateAccount, PutsOutputBeforeMemoryBeforeTime) {
  Evidence evidence = ended("status:TO\nkilled:1\ncg-oom-killed:1\n", 1);
  EXPECT_EQ(account_of(evidence).value().cause, Cause::Memory);
  evidence.output_over = true;
  EXPECT_EQ(account_of(evidence).value().cause, Cause::Output);
}

TEST(IsolateAccount, RecordsTheOomKillerEvenIfTheProgramContinued) {
  EXPECT_EQ(account_of(ended("cg-oom-killed:1\nexitcode:0\n", 0)).value().cause, Cause::Memory);
}

TEST(IsolateAccount, ReportsOurSignalAsCancelledAndAForeignOneAsAFailure) {
  Evidence evidence = ended("exitsig:15\nstatus:SG\nmessage:Interrupted\nkilled:1\n", 1);
  EXPECT_FALSE(account_of(evidence));
  evidence.cancelled = true;
  EXPECT_EQ(account_of(evidence).value().cause, Cause::Cancelled);
  evidence.tool = {true, SIGTERM};
  evidence.meta.clear();
  EXPECT_EQ(account_of(evidence).value().cause, Cause::Cancelled);
  evidence.tool = {true, SIGKILL};
  EXPECT_FALSE(account_of(evidence));
}

TEST(IsolateAccount, KeepsTheEndOfAProgramThatWasFasterThanOurSignal) {
  Evidence evidence = ended("exitcode:3\nstatus:RE\n", 1);
  evidence.cancelled = true;
  EXPECT_EQ(account_of(evidence).value().cause, Cause::Exited);
}

TEST(IsolateAccount, DoesNotConfuseTheProgramsOwnSigtermWithOurs) {
  Evidence evidence = ended("exitsig:15\nstatus:SG\nmessage:Caught fatal signal 15\n", 1);
  evidence.cancelled = true;
  EXPECT_EQ(account_of(evidence).value().cause, Cause::Signaled);
}

TEST(IsolateAccount, PassesOnTheToolsMessage) {
  const auto failed = account_of(ended("status:XX\nmessage:Cannot privatize mounts: No\n", 2));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "isolate --run: Cannot privatize mounts: No");
  Evidence silent;
  silent.tool = {false, 2};
  silent.err = {"Invalid numeric parameter: x\nUsage: isolate\n", 40};
  EXPECT_EQ(account_of(silent).error().what, "isolate --run: Invalid numeric parameter: x");
}

TEST(IsolateAccount, DistinguishesAProgramThatCannotBeStartedFromAFailureOfTheTool) {
  const auto outcome =
      account_of(ended("status:XX\nmessage:execve(\"/box/a\"): Exec format error\n", 2));
  ASSERT_TRUE(outcome) << outcome.error().what;
  EXPECT_EQ(outcome->cause, Cause::NotStarted);
  EXPECT_EQ(outcome->start_error, std::errc::executable_format_error);
}

TEST(IsolateAccount, RefusesAMetaFileWithoutAnEndOrWithTwo) {
  EXPECT_FALSE(account_of(ended("", 0)));
  EXPECT_FALSE(account_of(ended("exitcode:0\nexitsig:9\n", 0)));
  EXPECT_THAT(account_of(ended("exitcode:x\n", 0)).error().what, HasSubstr("exitcode:x"));
}

}  // namespace
}  // namespace evalx::sandbox::isolate
