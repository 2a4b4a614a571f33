#include "judge/compiler_fixture_test.hpp"

namespace evalx::judge {
namespace {

TEST_F(CompilerTest, CompilesInABoxWithItsOwnLimits) {
  const std::size_t only = start(compilation());
  EXPECT_EQ(reservoir_.counters().in_use, 1U);
  EXPECT_EQ(reservoir_.counters().memory_in_use, kCompileLimits.memory);
  finish(compiles_to("program"));
  ASSERT_TRUE(results_[only] && *results_[only]);
  EXPECT_TRUE(compiled(only).program);
  EXPECT_FALSE(compiled(only).report.cached);
  EXPECT_EQ(compiled(only).report.output.head, "a warning\n");
  EXPECT_EQ(compiled(only).report.exit_code, 0);
  ASSERT_EQ(sandbox_.runs.size(), 1U);
  EXPECT_EQ(sandbox_.runs[0].limits, kCompileLimits);
  EXPECT_EQ(sandbox_.runs[0].take, "out");
  EXPECT_EQ(sandbox_.opened[0].size, kCompileBoxSize);
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
}

TEST_F(CompilerTest, CompilesOnceForAThousandConcurrentCallers) {
  for (int i = 0; i < 1000; ++i) start(compilation());
  EXPECT_EQ(reservoir_.counters().in_use, 1U);
  finish(compiles_to("program"));
  EXPECT_EQ(sandbox_.runs.size(), 1U);
  int fresh = 0;
  for (const auto& result : results_) {
    ASSERT_TRUE(result && *result);
    EXPECT_TRUE((*result)->program);
    fresh += (*result)->report.cached ? 0 : 1;
  }
  EXPECT_EQ(fresh, 1);
}

TEST_F(CompilerTest, FindsACompiledProgramInTheStore) {
  start(compilation());
  finish(compiles_to("program"));
  const std::size_t again = start(compilation());
  ASSERT_TRUE(results_[again] && *results_[again]);
  EXPECT_TRUE(compiled(again).report.cached);
  EXPECT_TRUE(compiled(again).program);
  EXPECT_EQ(sandbox_.runs.size(), 1U);
}

TEST_F(CompilerTest, KeepsTheReportWithTheProgram) {
  start(compilation());
  Outcome outcome = compiles_to("program");
  outcome.cpu_user = Microseconds{7};
  outcome.wall = Microseconds{8};
  outcome.memory_peak = Bytes{9};
  finish(outcome);
  store_.reset();  // As after a restart.
  store_.emplace(Store::open(directory_, mebibytes(64)).value());
  compiler_.emplace(sandbox_, *store_, reservoir_);
  const std::size_t again = start(compilation());
  ASSERT_TRUE(results_[again] && *results_[again]);
  const submission::CompileReport& report = compiled(again).report;
  EXPECT_TRUE(report.cached);
  EXPECT_EQ(report.output.head, "a warning\n");
  EXPECT_EQ(report.output.total_bytes, 10U);
  EXPECT_EQ(report.cpu_time, Microseconds{7});
  EXPECT_EQ(report.wall_time, Microseconds{8});
  EXPECT_EQ(report.memory_peak, Bytes{9});
  EXPECT_EQ(report.exit_code, 0);
}

TEST_F(CompilerTest, ReadsAnArtifactWithoutAReport) {
  const kernel::Fd program = kernel::sealed_file("program", "program").value();
  ASSERT_TRUE(store_->put(compilation().key, program.get()));
  const std::size_t index = start(compilation());
  ASSERT_TRUE(results_[index] && *results_[index]);
  EXPECT_TRUE(compiled(index).program);
  EXPECT_TRUE(compiled(index).report.cached);
  EXPECT_EQ(compiled(index).report.output.head, "");
}

TEST_F(CompilerTest, CompilesDifferentProgramsSideBySide) {
  start(compilation("a"));
  start(compilation("b"));
  EXPECT_EQ(sandbox_.running, 2U);
  finish(compiles_to("program"));
  EXPECT_EQ(sandbox_.runs.size(), 2U);
}

TEST_F(CompilerTest, SharesARefusalWithWaitingCallersAndThenForgetsIt) {
  const std::size_t first = start(compilation());
  const std::size_t second = start(compilation());
  Outcome refusal = exits(1);
  refusal.err = {"main.c:1: error\n", 16};
  refusal.cpu_user = Microseconds{5};
  finish(refusal);
  ASSERT_TRUE(*results_[first] && *results_[second]);
  EXPECT_FALSE(compiled(first).program);
  EXPECT_EQ(compiled(first).report.cpu_time, Microseconds{5});
  EXPECT_EQ(compiled(second).report.output.head, "main.c:1: error\n");
  EXPECT_EQ(compiled(second).report.exit_code, 1);
  EXPECT_TRUE(compiled(second).report.cached);
  EXPECT_EQ(compiled(second).report.cpu_time, Microseconds{5});
  start(compilation());
  EXPECT_EQ(sandbox_.runs.size(), 2U);
}

TEST_F(CompilerTest, LetsAWaitingCallerCompileIfTheFirstIsStopped) {
  const std::size_t first = start(compilation(), stop_.get_token());
  const std::size_t second = start(compilation());
  const std::size_t third = start(compilation());
  stop_.request_stop();
  settle();
  ASSERT_TRUE(results_[first]);
  EXPECT_EQ(results_[first]->error().code, std::errc::operation_canceled);
  EXPECT_FALSE(results_[second]);
  EXPECT_EQ(sandbox_.running, 1U);
  finish(compiles_to("program"));
  ASSERT_TRUE(*results_[second] && *results_[third]);
  EXPECT_EQ(sandbox_.runs.size(), 2U);
}

TEST_F(CompilerTest, ReleasesAStoppedCallerAtOnce) {
  const std::size_t first = start(compilation());
  const std::size_t second = start(compilation(), stop_.get_token());
  stop_.request_stop();
  settle();
  ASSERT_TRUE(results_[second]);
  EXPECT_EQ(results_[second]->error().code, std::errc::operation_canceled);
  finish(compiles_to("program"));
  EXPECT_TRUE(*results_[first]);
}

TEST_F(CompilerTest, NamesTheLimitThatEndedTheCompiler) {
  const std::pair<Cause, std::string_view> cases[] = {
      {Cause::CpuTime, "over its limit of CPU time, 30 s"},
      {Cause::WallTime, "over its limit of time, 60 s"},
      {Cause::Memory, "over its memory limit, 1024 MiB"},
      {Cause::Output, "over its output limit, 4 MiB"},
      {Cause::Signaled, "by signal 11"},
  };
  for (const auto& [cause, words] : cases) {
    gate_ = Wakeup{loop_.get_executor()};
    const std::size_t index = start(compilation());
    Outcome ended;
    ended.cause = cause;
    ended.signal = 11;
    ended.err = {"partial", 7};
    finish(ended);
    ASSERT_TRUE(*results_[index]);
    EXPECT_FALSE(compiled(index).program);
    EXPECT_EQ(compiled(index).report.output.head,
              "partial\nThe compiler was ended: " + std::string{words} + "\n");
    EXPECT_EQ(compiled(index).report.exit_code, std::nullopt);
  }
}

TEST_F(CompilerTest, RefusesAProgramThatIsTooLargeToKeep) {
  const std::size_t index = start(compilation());
  Outcome ended = exits(0);
  ended.take_problem = "too large";
  finish(ended);
  ASSERT_TRUE(*results_[index]);
  EXPECT_FALSE(compiled(index).program);
  EXPECT_EQ(compiled(index).report.output.head, "The compiler left no program: too large\n");
}

TEST_F(CompilerTest, KeepsTheBeginningAndTheEndOfALongOutput) {
  const std::size_t index = start(compilation());
  Outcome ended = exits(1, "first" + std::string(1'000'000, 'x') + "last");
  finish(ended);
  const submission::Output& words = compiled(index).report.output;
  EXPECT_LE(words.head.size(), kMaxCompilerWords);
  EXPECT_TRUE(words.head.starts_with("firstxxx"));
  EXPECT_TRUE(words.head.ends_with("xxxlast"));
  EXPECT_THAT(words.head, testing::HasSubstr("\n[... 934537 bytes left out ...]\n"));
  EXPECT_EQ(words.total_bytes, 1'000'009U);
  EXPECT_TRUE(words.truncated());
}

TEST_F(CompilerTest, SaysThatAnOutputSlightlyOverTheBoundIsTruncated) {
  for (const std::size_t extra : {0U, 1U, 29U, 64U}) {
    gate_ = Wakeup{loop_.get_executor()};
    const std::size_t index = start(compilation());
    finish(exits(1, std::string(kMaxCompilerWords + extra, 'x')));
    EXPECT_EQ(compiled(index).report.output.total_bytes, kMaxCompilerWords + extra);
    EXPECT_EQ(compiled(index).report.output.truncated(), extra > 0) << extra;
  }
}

TEST_F(CompilerTest, SaysThatATruncatedOutputIsTruncatedAlsoWithARemark) {
  const std::size_t index = start(compilation());
  Outcome ended = exits(0, std::string(kMaxCompilerWords + 1, 'x'));
  ended.cause = Cause::Output;
  finish(ended);
  EXPECT_THAT(compiled(index).report.output.head, testing::EndsWith("output limit, 4 MiB\n"));
  EXPECT_TRUE(compiled(index).report.output.truncated());
}

TEST_F(CompilerTest, FailsWithThePackageIfTheCompilerIsMissing) {
  const std::size_t first = start(compilation());
  const std::size_t second = start(compilation());
  finish(not_started(std::errc::no_such_file_or_directory));
  for (const std::size_t index : {first, second}) {
    ASSERT_TRUE(results_[index]);
    ASSERT_FALSE(*results_[index]);
    EXPECT_EQ(results_[index]->error().what, "start /usr/bin/cc (provided by gcc)");
  }
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
}

TEST_F(CompilerTest, ReturnsAProgramThatItCannotStore) {
  store_.reset();
  store_.emplace(Store::open(directory_, Bytes{3}).value());
  compiler_.emplace(sandbox_, *store_, reservoir_);
  const std::size_t index = start(compilation());
  finish(compiles_to("program"));
  ASSERT_TRUE(*results_[index]);
  EXPECT_TRUE(compiled(index).program);
}

TEST_F(CompilerTest, GivesItsPermitBackIfItsLoopIsDestroyed) {
  {
    asio::io_context loop{1};
    FakeSandbox sandbox{run_until_killed};
    Compiler compiler{sandbox, *store_, reservoir_};
    for (int i = 0; i < 3; ++i) {
      asio::co_spawn(loop, compiler.compile(compilation(), {}),
                     [](std::exception_ptr, Result<Compiled>) {});
    }
    loop.poll();
    EXPECT_EQ(reservoir_.counters().in_use, 1U);
  }
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
}

}  // namespace
}  // namespace evalx::judge
