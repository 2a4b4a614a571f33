#include "judge/plain_examination.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "judge/errc.hpp"
#include "judge/fake_sandbox.hpp"
#include "sandbox/pack.hpp"

namespace evalx::judge {
namespace {

using sandbox::Outcome;
using sandbox::RunSpec;
using submission::TestReport;
using submission::Verdict;
using testing::ElementsAre;

/// One examination. The test case decides how each run ends.
class PlainExaminationTest : public testing::Test {
 protected:
  PlainExaminationTest() {
    candidate_.argv = {"/box/program"};
    tests_ = {{"0", "right", {}}, {"1", "right", {}}};
  }

  void begin() {
    examination_.emplace(sandbox_, candidate_, tests_, submission::Compare{});
    examiner_ = examination_->examiner(nullptr);
  }
  Result<TestReport> examine(std::size_t index, Result<Outcome> outcome) {
    outcome_ = std::move(outcome);
    if (!examiner_) begin();
    std::optional<Result<TestReport>> report;
    asio::co_spawn(loop_, examiner_->examine(index, {}),
                   [&report](std::exception_ptr, Result<TestReport> result) {
                     report.emplace(std::move(result));
                   });
    loop_.restart();
    loop_.run();
    return *std::move(report);
  }

  asio::io_context loop_{1};
  Result<Outcome> outcome_ = exits(0);
  FakeSandbox sandbox_{[this](RunSpec) -> Task<Result<Outcome>> { co_return outcome_; }};
  Candidate candidate_;
  std::vector<submission::Test> tests_;
  std::optional<PlainExamination> examination_;
  std::unique_ptr<Examiner> examiner_;
};

TEST_F(PlainExaminationTest, ComparesTheOutputOfARunThatSucceeded) {
  EXPECT_EQ(examine(0, exits(0, "right"))->verdict, Verdict::Accepted);
  const auto wrong = examine(1, exits(0, "wrong"));
  EXPECT_EQ(wrong->verdict, Verdict::WrongAnswer);
  EXPECT_EQ(wrong->message, "line 1 differs");
  EXPECT_EQ(wrong->index, 1U);
}

TEST_F(PlainExaminationTest, DoesNotCompareTheOutputOfARunThatFailed) {
  const auto report = examine(0, exits(3, "right"));
  EXPECT_EQ(report->verdict, Verdict::RuntimeError);
  EXPECT_EQ(report->exit_code, 3);
}

TEST_F(PlainExaminationTest, AcceptsAnyOutputIfNoneIsExpected) {
  tests_[0].expected_output.reset();
  EXPECT_EQ(examine(0, exits(0, "whatever"))->verdict, Verdict::Accepted);
}

TEST_F(PlainExaminationTest, DemandsOneBoxWithTheMemoryOfTheProgram) {
  candidate_.limits.memory = mebibytes(77);
  begin();
  EXPECT_EQ(examination_->demand().boxes, 1U);
  EXPECT_EQ(examination_->demand().memory, mebibytes(77));
  EXPECT_EQ(examination_->tests(), 2U);
}

TEST_F(PlainExaminationTest, GivesArgumentsInputAndLimitsToEachRun) {
  candidate_.environment = {"A=b"};
  candidate_.limits.memory = mebibytes(77);
  candidate_.proc = sandbox::Proc::Shared;
  tests_[1].args = {"--fast", "x y"};
  ASSERT_TRUE(examine(1, exits(0)));
  ASSERT_EQ(sandbox_.runs.size(), 1U);
  EXPECT_THAT(sandbox_.runs[0].argv, ElementsAre("/box/program", "--fast", "x y"));
  EXPECT_THAT(sandbox_.runs[0].environment, ElementsAre("A=b"));
  EXPECT_EQ(sandbox_.runs[0].stdin_bytes, "1");
  EXPECT_EQ(sandbox_.runs[0].limits.memory, mebibytes(77));
  EXPECT_EQ(sandbox_.runs[0].proc, sandbox::Proc::Shared);
}

TEST_F(PlainExaminationTest, OpensOneBoxForAllTestsOfAnExaminer) {
  candidate_.program =
      std::make_shared<const kernel::Fd>(sandbox::pack({{"main", "ELF", true}}).value());
  candidate_.profile = SeccompProfile::Strict;
  ASSERT_TRUE(examine(0, exits(0)) && examine(1, exits(0)));
  ASSERT_EQ(sandbox_.opened.size(), 1U);
  EXPECT_EQ(sandbox_.opened[0].files, candidate_.program);
  EXPECT_EQ(sandbox_.opened[0].profile, SeccompProfile::Strict);
}

TEST_F(PlainExaminationTest, OpensANewBoxAfterAFaultOfTheSandbox) {
  const auto fault = fail(std::make_error_code(std::errc::resource_unavailable_try_again), "clone");
  EXPECT_EQ(examine(0, fault).error().what, "clone");
  EXPECT_TRUE(examine(1, exits(0)));
  EXPECT_EQ(sandbox_.opened.size(), 2U);
}

TEST_F(PlainExaminationTest, FailsIfTheBoxCannotBeOpened) {
  sandbox_.open_failure = Error{std::make_error_code(std::errc::not_enough_memory), "mount"};
  const auto report = examine(0, exits(0));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().what, "mount");
}

TEST_F(PlainExaminationTest, ReportsAProgramThatCannotBeStartedAsARuntimeError) {
  const auto report = examine(0, not_started(std::errc::executable_format_error));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::RuntimeError);
  EXPECT_THAT(report->message, testing::HasSubstr("Exec format error"));
}

/// A program chooses the interpreter in its own ELF header.
TEST_F(PlainExaminationTest, ReportsEveryMistakeInItsOwnFileAsARuntimeError) {
  for (const int error : {ELIBBAD, EINVAL, ELOOP, EISDIR, E2BIG, EPERM}) {
    const auto report = examine(0, not_started(static_cast<std::errc>(error)));
    ASSERT_TRUE(report) << error;
    EXPECT_EQ(report->verdict, Verdict::RuntimeError) << error;
  }
  EXPECT_FALSE(examine(0, not_started(std::errc::not_enough_memory)));
}

TEST_F(PlainExaminationTest, FailsWithThePackageIfAToolOfTheLanguageIsMissing) {
  candidate_.argv = {"/usr/bin/python3", "main.py"};
  candidate_.packages = "python3";
  const auto report = examine(0, not_started(std::errc::no_such_file_or_directory));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().what, "start /usr/bin/python3 (provided by python3)");
}

TEST_F(PlainExaminationTest, RepeatsADisturbedRunOnceWithTheSameInput) {
  Outcome killed;
  killed.cause = sandbox::Cause::Signaled;
  killed.signal = 9;
  killed.disturbance = "no memory left";
  const auto report = examine(0, killed);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::Disturbed);
  EXPECT_EQ(report.error().what, "no memory left");
  ASSERT_EQ(sandbox_.runs.size(), 2U);
  EXPECT_EQ(sandbox_.runs[1].stdin_bytes, "0");
}

TEST_F(PlainExaminationTest, AcceptsARightOutputOfADisturbedRun) {
  Outcome outcome = exits(0, "right");
  outcome.disturbance = "no memory left";
  EXPECT_EQ(examine(0, outcome)->verdict, Verdict::Accepted);
  EXPECT_EQ(sandbox_.runs.size(), 1U);
}

}  // namespace
}  // namespace evalx::judge
