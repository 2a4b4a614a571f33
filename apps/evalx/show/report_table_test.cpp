#include "show/report_table.hpp"

#include <gtest/gtest.h>

namespace evalx::app {
namespace {

using submission::TestReport;
using submission::Verdict;

TestReport test_report(std::size_t index, Verdict verdict) {
  TestReport test;
  test.index = index;
  test.verdict = verdict;
  test.cpu_time = Microseconds{1'200};
  test.wall_time = Microseconds{15'000};
  test.memory_peak = mebibytes(3);
  return test;
}

submission::Output output(std::string text) {
  const auto size = text.size();
  return {std::move(text), size};
}

ReportContext context_of(std::size_t tests) {
  ReportContext context;
  for (std::size_t i = 0; i < tests; ++i) context.names.push_back(std::to_string(i + 1));
  context.answers.assign(tests, "5\n");
  return context;
}

TEST(ReportTable, HasARowPerTestWithItsFirstDifference) {
  submission::Report report;
  report.tests = {test_report(0, Verdict::Accepted), test_report(1, Verdict::WrongAnswer),
                  test_report(2, Verdict::Skipped)};
  report.tests[1].out = output("6\n");
  EXPECT_EQ(report_table(report, context_of(3)).render(terminal::Paint::plain(), 100),
            "test  verdict          cpu   wall   memory\n"
            "1     accepted      1.2 ms  15 ms  3.0 MiB\n"
            "2     wrong answer  1.2 ms  15 ms  3.0 MiB  line 1: expected `5`, got `6`\n"
            "3     skipped\n");
}

TEST(ReportTable, ShowsTheMessageOfTheJudgeForATruncatedOutput) {
  TestReport test = test_report(0, Verdict::WrongAnswer);
  test.message = "line 9 differs";
  test.out = {"6", 1'000};
  EXPECT_EQ(note_on(test, context_of(1)), "line 9 differs");
}

TEST(ReportTable, ShowsTheLastLineOfStderr) {
  TestReport test = test_report(0, Verdict::RuntimeError);
  test.message = "exit code 1";
  EXPECT_EQ(note_on(test, context_of(1)), "exit code 1");
  test.err = output("Traceback\n  File\nZeroDivisionError: division by zero\n\n");
  EXPECT_EQ(note_on(test, context_of(1)), "exit code 1: ZeroDivisionError: division by zero");
}

TEST(ReportTable, NamesTheLimitThatWasHit) {
  const ReportContext context = context_of(1);
  EXPECT_EQ(note_on(test_report(0, Verdict::TimeLimit), context), "limit 2.00 s of CPU");
  EXPECT_EQ(note_on(test_report(0, Verdict::WallLimit), context), "limit 6.00 s");
  EXPECT_EQ(note_on(test_report(0, Verdict::MemoryLimit), context), "limit 256 MiB");
}

TEST(ReportTable, ShowsASummary) {
  submission::Report report;
  report.tests = {test_report(0, Verdict::Accepted), test_report(1, Verdict::WrongAnswer)};
  report.run_time = Microseconds{80'000};
  EXPECT_EQ(summary_of(report), "1 of 2 accepted · tests took 80 ms");
  report.compile.emplace().wall_time = Microseconds{312'000};
  EXPECT_EQ(summary_of(report), "1 of 2 accepted · compiled in 312 ms · tests took 80 ms");
  report.compile->cached = true;
  EXPECT_EQ(summary_of(report), "1 of 2 accepted · cached · tests took 80 ms");
}

}  // namespace
}  // namespace evalx::app
