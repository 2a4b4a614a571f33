// A worker and jobs of many tests: their tests are saved during the judging, and resumed from.
#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>

#include "submission/encode.hpp"
#include "worker/fake_queue.hpp"
#include "worker/worker.hpp"

namespace evalx::worker {
namespace {

using submission::Report;
using submission::TestReport;
using submission::Verdict;
using testing::ElementsAre;

constexpr std::size_t kTests = 250;

/// The judge runs all tests at once and ends when the test case opens the gate.
class LongJobs : public testing::Test {
 protected:
  LongJobs() {
    Settings settings;
    settings.jobs_in_flight = 1;
    settings.checkpoints.after = Milliseconds{0};
    worker_.emplace(
        loop_.get_executor(), queue_,
        [this](submission::Submission submission, judge::Progress& progress, std::stop_token stop) {
          return judge(std::move(submission), progress, std::move(stop));
        },
        settings);
  }

  Task<Result<Report>> judge(submission::Submission submission, judge::Progress& progress,
                             std::stop_token stop) {
    Report report;
    report.tests.resize(submission.tests.size());
    kept_ = progress.begin([] { return std::string{"the program"}; }).size();
    for (std::size_t index = kept_; index < report.tests.size(); ++index) {
      report.tests[index].index = index;
      report.tests[index].verdict = Verdict::Accepted;
      progress.tested(report.tests[index]);
    }
    Wakeup gate = gate_;
    co_await gate.wait(std::move(stop));
    report.verdict = Verdict::Accepted;
    co_return report;
  }

  static std::string spec() {
    submission::Submission submission;
    submission.language = "cpp";
    submission.files = {{"main.cpp", "source"}};
    submission.tests.resize(kTests);
    return submission::encode_submission(submission);
  }
  void settle() {
    loop_.restart();
    loop_.poll();
  }
  /// The last step of a test: no lease() waits any longer.
  void drain() {
    asio::co_spawn(loop_, worker_->drain(Milliseconds{60'000}),
                   [this](std::exception_ptr) { drained_ = true; });
    queue_.end_patience();
    settle();
  }

  asio::io_context loop_{1};
  FakeQueue queue_{loop_.get_executor()};
  Wakeup gate_{loop_.get_executor()};
  std::optional<Worker> worker_;
  std::size_t kept_ = 0;
  bool drained_ = false;
};

TEST_F(LongJobs, AreSavedWhileTheyRunAndADrainWaitsForTheLastSave) {
  queue_.save_gate = Wakeup{loop_.get_executor()};
  queue_.add("a", spec());
  worker_->start();
  settle();
  EXPECT_EQ(queue_.saves_under_way, 1U);
  gate_.set();
  settle();
  EXPECT_EQ(queue_.results.size(), 1U) << "the result does not wait for it";
  drain();
  EXPECT_FALSE(drained_);
  queue_.save_gate.set();
  settle();
  EXPECT_TRUE(drained_);
  EXPECT_EQ(queue_.checkpoints.size(), 1U);
}

TEST_F(LongJobs, ResumeFromTheirCheckpoint) {
  submission::Checkpoint saved;
  saved.program = "the program";
  for (std::size_t index = 0; index < 200; ++index) {
    saved.tests.emplace_back().index = index;
    saved.tests.back().verdict = Verdict::Accepted;
  }
  queue_.add("a", spec(), {submission::encode_checkpoint(saved)});
  worker_->start();
  settle();
  EXPECT_EQ(kept_, 200U);
  ASSERT_EQ(queue_.sent.size(), 1 + kTests - 200);
  EXPECT_EQ(queue_.sent.front(), "a resumed");
  gate_.set();
  drain();
  EXPECT_TRUE(drained_);
  EXPECT_EQ(queue_.results.size(), 1U);
}

}  // namespace
}  // namespace evalx::worker
