// The contract, part two: limits, and the cause that is recorded at each.

#include "sandbox/contract_test.hpp"
#include "sandbox/test_lateness.hpp"

namespace evalx::sandbox {

TEST_P(SandboxContract, EndsAFloodAtTheOutputLimit) {
  for (const char* script : {"yes", "yes >&2"}) {
    RunSpec spec = shell(script);
    spec.limits.output = kibibytes(100);
    const Outcome outcome = run(std::move(spec));
    EXPECT_EQ(outcome.cause, Cause::Output);
    const auto& side = outcome.out.total_bytes > 0 ? outcome.out : outcome.err;
    EXPECT_EQ(side.head.size(), 102'400U);
    EXPECT_TRUE(side.truncated());
    EXPECT_LT(outcome.wall, milliseconds{10'000});  // Long before any other limit.
  }
}

TEST_P(SandboxContract, AllowsOutputUpToTheLimitAndNotAByteMore) {
  RunSpec spec = shell("head -c 1000 /dev/zero");
  spec.limits.output = Bytes{1000};
  EXPECT_EQ(run(spec).cause, Cause::Exited);
  spec.limits.output = Bytes{999};
  const Outcome outcome = run(spec);
  EXPECT_EQ(outcome.cause, Cause::Output);
  EXPECT_EQ(outcome.out.head.size(), 999U);
}

TEST_P(SandboxContract, KillsSoonAfterTheCpuLimit) {
  RunSpec spec = shell("while :; do :; done");
  spec.limits.cpu_time = milliseconds{200};
  Lateness machine;
  const Outcome outcome = run(std::move(spec));
  EXPECT_EQ(outcome.cause, Cause::CpuTime);
  const auto used = outcome.cpu_user + outcome.cpu_system;
  EXPECT_GE(used, milliseconds{200});
  EXPECT_LE(used, milliseconds{200} + engine_.cpu_lateness + machine.worst());
}

TEST_P(SandboxContract, CountsTheTimeOfChildrenThatWereNotWaitedFor) {
  RunSpec spec = shell("(while :; do :; done) & (while :; do :; done) & sleep 10");
  spec.limits.cpu_time = milliseconds{200};
  Lateness machine;
  const Outcome outcome = run(std::move(spec));
  EXPECT_EQ(outcome.cause, Cause::CpuTime);
  // Two of them use CPU time at once.
  EXPECT_LE(outcome.cpu_user + outcome.cpu_system,
            milliseconds{200} + 2 * (engine_.cpu_lateness + machine.worst()));
}

TEST_P(SandboxContract, EndsASleeperAtTheWallLimit) {
  RunSpec spec = shell("sleep 100");
  spec.limits.wall_time = milliseconds{150};
  const Outcome outcome = run(std::move(spec));
  EXPECT_EQ(outcome.cause, Cause::WallTime);
  EXPECT_GE(outcome.wall, milliseconds{150});
  EXPECT_LT(outcome.wall, milliseconds{150} + engine_.wall_lateness);
}

TEST_P(SandboxContract, RecordsTheOomKiller) {
  EVALX_NEEDS(Promise::ReportsTheMemoryLimit);
  const auto box = open();
  RunSpec spec = shell("x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo survived");
  spec.limits.memory = mebibytes(32);
  const Outcome outcome = run(*box, std::move(spec));
  EXPECT_EQ(outcome.cause, Cause::Memory);
  EXPECT_LE(outcome.memory_peak, mebibytes(32));
  EXPECT_EQ(run(*box, shell("echo again")).out.head, "again\n");
}

TEST_P(SandboxContract, RecordsTheOomKillerAlsoForAChild) {
  EVALX_NEEDS(Promise::ReportsTheMemoryLimit);
  RunSpec spec = shell("sh -c 'x=$(head -c 200000000 /dev/zero | tr \"\\\\0\" x)'; exit 0");
  spec.limits.memory = mebibytes(32);
  EXPECT_EQ(run(std::move(spec)).cause, Cause::Memory);
}

/// However an engine limits memory, a program never gets far more than its limit.
TEST_P(SandboxContract, GivesNoMoreMemoryThanTheLimit) {
  const auto box = open();
  RunSpec spec = shell("x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo survived");
  spec.limits.memory = mebibytes(32);
  const Outcome outcome = run(*box, std::move(spec));
  EXPECT_EQ(outcome.out.head, "");
  if (!cannot(Promise::ReportsTheMemoryLimit)) {
    EXPECT_LE(outcome.memory_peak, mebibytes(32));
  }
  EXPECT_EQ(run(*box, shell("echo again")).out.head, "again\n");
}

TEST_P(SandboxContract, EndsAForkBombWithItsChildren) {
  RunSpec spec = shell("f() { f | f & }; f; sleep 100");
  spec.limits.processes = 20;
  spec.limits.wall_time = 5 * engine_.wall_lateness;
  spec.limits.cpu_time = 4 * engine_.wall_lateness;
  const Outcome outcome = run(std::move(spec));
  EXPECT_TRUE(outcome.cause == Cause::CpuTime || outcome.cause == Cause::WallTime ||
              outcome.cause == Cause::Memory || outcome.cause == Cause::Exited);
  EXPECT_LT(outcome.wall, 20 * engine_.wall_lateness) << "its shell would sleep for 100 s";
}

TEST_P(SandboxContract, ReportsThatTheProcessLimitWasReached) {
  EVALX_NEEDS(Promise::ReportsTheProcessLimit);
  RunSpec spec = shell("for i in 1 2 3 4 5 6; do sleep 1 & done; wait");
  spec.limits.processes = 4;
  EXPECT_TRUE(run(std::move(spec)).process_limit_hit);
}

TEST_P(SandboxContract, BoundsTheSizeOfAFile) {
  RunSpec spec = shell("head -c 3000000 /dev/zero > big; wc -c < big");
  spec.limits.file_size = mebibytes(1);
  EXPECT_EQ(run(std::move(spec)).out.head, "1048576\n");
}

}  // namespace evalx::sandbox
