#include "service/judge_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/loop.hpp"

namespace evalx::service {
namespace {

using ::testing::HasSubstr;

std::string text_of(metrics::Metrics& metrics) {
  asio::io_context loop{1};
  return run_to_end(loop, metrics.text());
}

TEST(JudgeMetrics, CountAPublishedSubmission) {
  metrics::Metrics metrics{{"1", "abc"}};
  JudgeMetrics judge_metrics{metrics};
  submission::Report report;
  report.verdict = submission::Verdict::WrongAnswer;
  report.queue_time = Microseconds{700};
  report.run_time = Microseconds{3'000};
  judge_metrics.published({"token", "cpp", report});
  const std::string text = text_of(metrics);
  EXPECT_THAT(text,
              HasSubstr("evalx_verdicts_total{language=\"cpp\",verdict=\"wrong_answer\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("evalx_stage_seconds_bucket{stage=\"queue\",le=\"0.0005\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("evalx_stage_seconds_bucket{stage=\"queue\",le=\"0.001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("evalx_stage_seconds_count{stage=\"compile\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("evalx_stage_seconds_sum{stage=\"run\"} 0.003\n"));
}

TEST(JudgeMetrics, DoNotCountAStageThatASubmissionDidNotReach) {
  metrics::Metrics metrics{{"1", "abc"}};
  JudgeMetrics judge_metrics{metrics};
  submission::Report refused;  // For its options, before the compiler was started.
  refused.verdict = submission::Verdict::CompileError;
  refused.compile.emplace();
  judge_metrics.published({"token", "cpp", refused});
  submission::Report faulty = refused;  // The compiler found errors.
  faulty.compile_time = Microseconds{300'000};
  judge_metrics.published({"token", "cpp", faulty});
  judge_metrics.published({"token", "cpp", submission::Report{}});  // Rejected.
  const std::string text = text_of(metrics);
  EXPECT_THAT(text, HasSubstr("evalx_stage_seconds_count{stage=\"queue\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("evalx_stage_seconds_count{stage=\"compile\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("evalx_stage_seconds_count{stage=\"run\"} 0\n"));
}

TEST(JudgeMetrics, ShowEveryTotalBeforeTheFirstJob) {
  metrics::Metrics metrics{{"1", "abc"}};
  const JudgeMetrics judge_metrics{metrics};
  metrics.add_source([]() -> Task<metrics::Figures> { co_return idle_judge_figures(); });
  const std::string text = text_of(metrics);
  for (const char* line :
       {"evalx_attempts_total 0\n", "evalx_worker_unfit 0\n",
        "evalx_self_tests_total{result=\"failed\"} 0\n", "evalx_sandboxes_max 0\n",
        "evalx_artifact_cache_total{result=\"hit\"} 0\n", "evalx_artifact_cache_bytes 0\n",
        "evalx_sandbox_slots_replaced_total{reason=\"fault\"} 0\n",
        "evalx_stage_seconds_count{stage=\"queue\"} 0\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

}  // namespace
}  // namespace evalx::service
