#include "worker/worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <deque>
#include <thread>

#include "base/wakeup.hpp"
#include "judge/errc.hpp"
#include "queue/failure.hpp"
#include "submission/encode.hpp"
#include "worker/fake_queue.hpp"

namespace evalx::worker {
namespace {

using submission::Report;
using submission::Submission;
using submission::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;

std::string spec(std::string source = "the source") {
  Submission submission;
  submission.language = "cpp";
  submission.files = {{"main.cpp", std::move(source)}};
  submission.tests = {{"", "right\n", {}}};
  return submission::encode_submission(submission);
}

Report report_of(Verdict verdict) {
  Report report;
  report.verdict = verdict;
  report.tests.resize(1);
  report.tests[0].verdict = verdict;
  return report;
}

Error fault() {
  return {std::make_error_code(std::errc::not_enough_memory), "clone"};
}

/// A worker of two jobs at a time. Its judge ends a job when the test case opens the gate.
class WorkerTest : public testing::Test {
 protected:
  WorkerTest() { make_worker(2); }
  ~WorkerTest() override {
    gate_.set();
    if (started_ && !draining_) drain(Milliseconds{0});
    queue_.end_patience();
    loop_.restart();
    loop_.run();
  }

  void make_worker(std::size_t jobs) {
    Settings settings;
    settings.jobs_in_flight = jobs;
    settings.pause = Milliseconds{1};
    const auto on_published = [this](const Published& published) {
      published_.push_back(published.token + " " +
                           std::string{to_string(published.report.verdict)});
    };
    worker_.emplace(
        loop_.get_executor(), queue_,
        [this](Submission submission, judge::Progress& progress, std::stop_token stop) {
          return judge(std::move(submission), progress, std::move(stop));
        },
        settings, on_published);
  }

  Task<Result<Report>> judge(Submission submission, judge::Progress& progress,
                             std::stop_token stop) {
    ++judging_;
    most_judging_ = std::max(most_judging_, judging_);
    sources_.push_back(submission.files[0].content);
    Wakeup gate = gate_;
    co_await gate.wait(stop);
    --judging_;
    if (stop.stop_requested()) co_return report_of(Verdict::Cancelled);
    if (outcome_) {
      submission::TestReport test = outcome_->tests.at(0);
      test.out = {"a secret", 8};
      progress.tested(test);
    }
    co_return outcome_;
  }

  void start() {
    started_ = true;
    worker_->start();
    settle();
  }
  void settle() {
    loop_.restart();
    loop_.poll();
  }
  /// Runs the loop, with its pauses, until `done` holds.
  template <class Done>
  void run_until(Done done) {
    loop_.restart();
    while (!done() && loop_.run_one() > 0) {
    }
    ASSERT_TRUE(done());
  }
  void drain(Milliseconds grace) {
    draining_ = true;
    asio::co_spawn(loop_, worker_->drain(grace), [this](std::exception_ptr) { drained_ = true; });
    settle();
  }
  void finish_jobs() {
    gate_.set();
    settle();
  }

  asio::io_context loop_{1};
  FakeQueue queue_{loop_.get_executor()};
  Wakeup gate_{loop_.get_executor()};
  Result<Report> outcome_ = report_of(Verdict::Accepted);
  std::size_t judging_ = 0;
  std::size_t most_judging_ = 0;
  std::vector<std::string> sources_;
  std::vector<std::string> published_;
  std::optional<Worker> worker_;
  bool started_ = false;
  bool draining_ = false;
  bool drained_ = false;
};

TEST_F(WorkerTest, JudgesAJobAndPublishesItsReport) {
  queue_.add("a", spec());
  start();
  EXPECT_THAT(sources_, ElementsAre("the source"));
  finish_jobs();
  Report expected = report_of(Verdict::Accepted);
  expected.queue_time = Microseconds{1500};
  expected.attempt = 2;
  EXPECT_EQ(queue_.results["a"], submission::encode_report(expected));
  EXPECT_THAT(published_, ElementsAre("a accepted"));
}

TEST_F(WorkerTest, SendsProgressWithoutOutputs) {
  queue_.add("a", spec());
  start();
  finish_jobs();
  EXPECT_THAT(queue_.sent, ElementsAre("a test"));
  EXPECT_THAT(queue_.last_sent_data, HasSubstr("\"accepted\""));
  EXPECT_THAT(queue_.last_sent_data, testing::Not(HasSubstr("secret")));
}

TEST_F(WorkerTest, HoldsABoundedNumberOfJobs) {
  for (int i = 0; i < 20; ++i) queue_.add(std::to_string(i), spec());
  start();
  EXPECT_EQ(judging_, 2U);
  EXPECT_EQ(worker_->attempts(), 2U);
  finish_jobs();
  EXPECT_EQ(queue_.results.size(), 20U);
  EXPECT_EQ(most_judging_, 2U);
}

TEST_F(WorkerTest, BoundsTheCoroutinesThatWaitForAJob) {
  make_worker(500);
  start();
  EXPECT_EQ(queue_.leasing, kMaxLeasing);
  for (int i = 0; i < 600; ++i) queue_.add(std::to_string(i), spec());
  settle();
  EXPECT_EQ(judging_, 500U);
  finish_jobs();
  EXPECT_EQ(queue_.results.size(), 600U);
  EXPECT_EQ(queue_.most_leasing, kMaxLeasing);
}

TEST_F(WorkerTest, RetriesAJobAfterAFaultOfEvalx) {
  outcome_ = tl::make_unexpected(fault());
  queue_.add("a", spec());
  start();
  finish_jobs();
  ASSERT_EQ(queue_.retried.size(), 1U);
  EXPECT_THAT(queue_.retried[0].second, HasSubstr("clone: "));
  EXPECT_THAT(queue_.results["a"], HasSubstr("internal_error"));
  EXPECT_THAT(queue_.results["a"], HasSubstr("clone: "));
  EXPECT_TRUE(published_.empty());
}

TEST_F(WorkerTest, RejectsAnUnreadableSubmissionAndNamesTheField) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"{\"language\": 7}", "language"},
      {"no JSON", "cannot be read"},
      {R"({"tests":[{}],"source":"x"})", "language is required"},
      {R"({"language":"cpp","tests":[{}]})", "source is required"},
      {R"({"language":"cpp","source":"x"})", "tests is required"},
      {R"({"language":"cpp","source":"x","tests":[{}],"colour":1})", "colour"},
      {R"({"language":"cpp","source":"x","tests":[{}],"version":0})", "version"},
      {R"({"language":"cpp","source":"x","tests":[{}],"version":"1"})", "version"},
      {R"({"language":"cpp","source":"x","tests":[{}],"limits":{"cpu_time_ms":60001}})",
       "limits.cpu_time_ms"},
      {R"({"language":"cpp","source":"x","tests":[{}],"limits":{"memory_kb":99999999}})",
       "limits.memory_kb"},
  };
  for (std::size_t i = 0; i < rows.size(); ++i)
    queue_.add("job" + std::to_string(i), rows[i].first);
  start();
  EXPECT_EQ(judging_, 0U);
  ASSERT_EQ(queue_.rejected.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_THAT(queue_.rejected[i].second, HasSubstr(rows[i].second));
    EXPECT_THAT(queue_.results[queue_.rejected[i].first], HasSubstr("internal_error"));
    EXPECT_THAT(published_.at(i), HasSubstr("internal_error"));
  }
  EXPECT_TRUE(queue_.retried.empty());
}

TEST_F(WorkerTest, ReadsAVersionItKnowsAndRetriesANewerOne) {
  queue_.add("known", R"({"language":"cpp","source":"x","tests":[{}],"version":1})");
  queue_.add("newer", R"({"language":"cpp","version":99,"a field":"of the future"})");
  start();
  EXPECT_EQ(judging_, 1U);
  ASSERT_EQ(queue_.retried.size(), 1U);
  EXPECT_EQ(queue_.retried[0].first, "newer");
  EXPECT_THAT(queue_.retried[0].second, HasSubstr("version is 99, and this evalx reads up to 3"));
  EXPECT_TRUE(queue_.rejected.empty());
}

TEST_F(WorkerTest, ALongCauseIsTruncated) {
  queue_.add("a", "{\"" + std::string(100'000, 'x') + "\":1}");
  start();
  ASSERT_EQ(queue_.rejected.size(), 1U);
  EXPECT_LE(queue_.rejected[0].second.size(), queue::kCauseBytesMax);
  EXPECT_LT(queue_.results["a"].size(), 2 * queue::kCauseBytesMax);
}

TEST_F(WorkerTest, RejectsAnUnknownLanguage) {
  outcome_ = tl::make_unexpected(
      Error{judge::make_error_code(judge::Errc::UnknownLanguage), "unknown language cpp"});
  queue_.add("a", spec());
  start();
  finish_jobs();
  ASSERT_EQ(queue_.rejected.size(), 1U);
  EXPECT_EQ(queue_.rejected[0].second, "unknown language cpp");
  EXPECT_THAT(published_, ElementsAre("a internal_error"));
  EXPECT_TRUE(queue_.retried.empty());
}

TEST_F(WorkerTest, DiscardsTheResultOfALostLease) {
  queue_.failures.push_back({queue::Errc::LeaseLost, "complete"});
  queue_.add("a", spec());
  start();
  finish_jobs();
  EXPECT_TRUE(queue_.results.empty());
  EXPECT_TRUE(published_.empty());
}

TEST_F(WorkerTest, KillsACancelledJobAndThenReportsItStopped) {
  unsigned stopped = 0;
  queue_.on_stopped = [&] { stopped += judging_ == 0 ? 1 : 100; };
  std::stop_source cancel = queue_.add("a", spec());
  start();
  EXPECT_EQ(judging_, 1U);
  std::thread{[&cancel] { cancel.request_stop(); }}.join();
  settle();
  EXPECT_EQ(judging_, 0U);
  EXPECT_EQ(stopped, 1U);
  EXPECT_TRUE(queue_.results.empty() && queue_.retried.empty() && queue_.released.empty());
}

TEST_F(WorkerTest, RetriesAJobThatSomethingElseKilled) {
  outcome_ = report_of(Verdict::Cancelled);
  queue_.add("a", spec());
  start();
  finish_jobs();
  EXPECT_EQ(queue_.retried.size(), 1U);
}

TEST_F(WorkerTest, LeasesAgainAfterTheQueueWasUnavailable) {
  make_worker(1);
  queue_.lease_failure = Error{queue::Errc::Unavailable, "lease"};
  queue_.add("a", spec());
  start();
  gate_.set();
  run_until([this] { return !queue_.results.empty(); });
}

TEST_F(WorkerTest, FinishesRunningJobsWhenItDrains) {
  queue_.add("a", spec());
  start();
  EXPECT_FALSE(queue_.ends_soon);
  drain(Milliseconds{60'000});
  EXPECT_TRUE(queue_.ends_soon) << "a kill during the drain is no death";
  queue_.end_patience();
  settle();
  EXPECT_FALSE(drained_);
  finish_jobs();
  EXPECT_TRUE(drained_);
  EXPECT_TRUE(queue_.released.empty());
}

TEST_F(WorkerTest, ReleasesAJobThatItLeasesDuringADrain) {
  start();
  drain(Milliseconds{60'000});
  queue_.add("late", spec());
  queue_.end_patience();
  settle();
  EXPECT_TRUE(drained_);
  EXPECT_TRUE(sources_.empty());
  EXPECT_THAT(queue_.released, ElementsAre("late"));
}

TEST_F(WorkerTest, ReleasesJobsThatOutlastTheGraceWithoutACharge) {
  queue_.add("a", spec());
  queue_.add("b", spec());
  start();
  drain(Milliseconds{0});
  queue_.end_patience();
  run_until([this] { return drained_; });
  EXPECT_THAT(queue_.released, testing::UnorderedElementsAre("a", "b"));
  EXPECT_TRUE(queue_.results.empty());
  EXPECT_TRUE(queue_.retried.empty());
}

TEST_F(WorkerTest, ReleasesJobsAtOnceWhenHurried) {
  queue_.add("a", spec());
  start();
  drain(Milliseconds{3'600'000});
  EXPECT_FALSE(drained_);
  worker_->hurry();
  queue_.end_patience();
  run_until([this] { return drained_; });
  EXPECT_THAT(queue_.released, ElementsAre("a"));
  EXPECT_TRUE(queue_.retried.empty());
}

TEST_F(WorkerTest, DrainsAtOnceIfItNeverStarted) {
  drain(Milliseconds{60'000});
  EXPECT_TRUE(drained_);
}

TEST(Worker, IsDestroyedWithItsLoopWhileItWorks) {
  auto loop = std::make_unique<asio::io_context>(1);
  FakeQueue queue{loop->get_executor()};
  queue.add("a", spec());
  Worker worker{loop->get_executor(),
                queue,
                [](Submission, judge::Progress&, std::stop_token stop) -> Task<Result<Report>> {
                  const Executor executor = co_await asio::this_coro::executor;
                  Wakeup never{executor};
                  co_await never.wait(stop);
                  co_return report_of(Verdict::Cancelled);
                },
                {}};
  worker.start();
  loop->poll();
  EXPECT_EQ(worker.attempts(), 1U);
  loop.reset();
  EXPECT_TRUE(queue.results.empty());
}

}  // namespace
}  // namespace evalx::worker
