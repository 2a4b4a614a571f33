// How compilers of several processes share programs.

#include "judge/compiler_fixture_test.hpp"

namespace evalx::judge {
namespace {

TEST_F(CompilerTest, OffersACompiledProgramOnce) {
  share();
  start(compilation());
  finish(compiles_to("program"));
  start(compilation());
  EXPECT_EQ(share_.offered, std::vector{compilation().key});
  EXPECT_EQ(share_.claims, 1U);
  EXPECT_TRUE(share_.released.empty());
  EXPECT_EQ(share_.offered_behind, "");  // The file in the store has the report.
}

TEST_F(CompilerTest, OffersAProgramThatItCannotStoreWithItsReport) {
  store_.reset();
  store_.emplace(Store::open(directory_, Bytes{3}).value());
  share();
  const std::size_t index = start(compilation());
  finish(compiles_to("program"));
  ASSERT_TRUE(*results_[index]);
  EXPECT_EQ(share_.offered_behind, bytes_of(compiled(index).report));
}

TEST_F(CompilerTest, ReturnsTheReportOfAProgramThatAnotherProcessCompiled) {
  share();
  submission::CompileReport report;
  report.output = {"a warning\n", 10};
  share_.there = std::make_shared<const kernel::Fd>(
      kernel::sealed_file("program", "program" + bytes_of(report)).value());
  for (int i = 0; i < 2; ++i) {
    const std::size_t index = start(compilation());
    ASSERT_TRUE(results_[index] && *results_[index]);
    EXPECT_TRUE(compiled(index).report.cached);
    EXPECT_EQ(compiled(index).report.output.head, "a warning\n");
    share_.there = nullptr;
  }
}

TEST_F(CompilerTest, StoresAProgramThatAnotherProcessCompiled) {
  share();
  share_.there = compiles_to("program").taken;
  for (int i = 0; i < 2; ++i) {
    const std::size_t index = start(compilation());
    ASSERT_TRUE(results_[index] && *results_[index]);
    EXPECT_TRUE(compiled(index).program);
    EXPECT_TRUE(compiled(index).report.cached);
    EXPECT_EQ(compiled(index).report.exit_code, 0);
    share_.there = nullptr;
  }
  EXPECT_EQ(sandbox_.runs.size(), 0U);
  EXPECT_EQ(store_->counters().hits, 1U);
}

TEST_F(CompilerTest, HoldsNoPermitWhileItWaitsForAnotherProcess) {
  share();
  share_.is_claimed = true;
  const std::size_t index = start(compilation());
  EXPECT_FALSE(results_[index]);
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
  share_.there = compiles_to("program").taken;
  share_.changed.set();
  settle();
  ASSERT_TRUE(results_[index] && *results_[index]);
  EXPECT_TRUE(compiled(index).report.cached);
}

TEST_F(CompilerTest, CompilesWithoutAClaimAfterLosingItTwice) {
  share();
  share_.refused_claims = 1'000;
  const std::size_t index = start(compilation());
  EXPECT_EQ(sandbox_.running, 1U);
  EXPECT_EQ(share_.claims, 2U);
  finish(compiles_to("program"));
  ASSERT_TRUE(results_[index] && *results_[index]);
  EXPECT_FALSE(compiled(index).report.cached);
}

TEST_F(CompilerTest, ReleasesItsClaimAfterARefusalAStopOrAFault) {
  share();
  start(compilation(), stop_.get_token());
  stop_.request_stop();
  settle();
  EXPECT_EQ(share_.released.size(), 1U);
  start(compilation());
  finish(exits(1));
  EXPECT_EQ(share_.released.size(), 2U);
  start(compilation());
  finish(fail(std::make_error_code(std::errc::io_error), "run"));
  EXPECT_EQ(share_.released.size(), 3U);
  EXPECT_TRUE(share_.offered.empty());
}

TEST_F(CompilerTest, ReleasesAStoppedCallerThatWaitsForAnotherProcess) {
  share();
  share_.is_claimed = true;
  const std::size_t index = start(compilation(), stop_.get_token());
  stop_.request_stop();
  settle();
  ASSERT_TRUE(results_[index]);
  EXPECT_EQ(results_[index]->error().code, std::errc::operation_canceled);
  EXPECT_EQ(share_.claims, 0U);
}

}  // namespace
}  // namespace evalx::judge
