#include "judge/trial.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>
#include <thread>

#include "base/wakeup.hpp"

namespace evalx::judge {
namespace {

using submission::Policy;
using submission::TestReport;
using submission::Verdict;
using testing::ElementsAre;

TestReport ends(Verdict verdict, std::string out = {}) {
  TestReport report;
  report.verdict = verdict;
  report.out = {out, out.size()};
  return report;
}

class Listener final : public Progress {
 public:
  std::vector<TestReport> begin(ProgramName) override { return std::exchange(kept, {}); }
  void tested(const TestReport& report) override { heard.push_back(report.index); }
  std::vector<std::size_t> heard;
  std::vector<TestReport> kept;  ///< The tests that an earlier attempt finished.
};

/// How the tests of a trial end, and what was asked of its examination.
struct Exam {
  std::deque<Wakeup> gates;  ///< A test ends when its gate opens, or when it is stopped.
  std::deque<Result<TestReport>> reports;
  Demand demand;
  std::vector<std::size_t> examined;
  std::size_t examiners = 0;
  std::size_t running = 0;
  std::size_t most_running = 0;
};

class FakeExamination final : public Examination {
 public:
  explicit FakeExamination(Exam& exam) : exam_(exam) {}
  [[nodiscard]] std::size_t tests() const override { return exam_.gates.size(); }
  [[nodiscard]] Demand demand() const override { return exam_.demand; }
  [[nodiscard]] std::string fingerprint() const override { return "name"; }
  std::unique_ptr<Examiner> examiner(std::shared_ptr<const void> /*permit*/) override {
    ++exam_.examiners;
    return std::make_unique<FakeExaminer>(exam_);
  }

 private:
  class FakeExaminer final : public Examiner {
   public:
    explicit FakeExaminer(Exam& exam) : exam_(exam) {}
    Task<Result<TestReport>> examine(std::size_t index, std::stop_token stop) override {
      exam_.examined.push_back(index);
      exam_.most_running = std::max(exam_.most_running, ++exam_.running);
      Wakeup gate = exam_.gates.at(index);
      co_await gate.wait(std::move(stop));
      --exam_.running;
      auto report = gate.is_set() ? exam_.reports.at(index) : ends(Verdict::Cancelled);
      if (report) report->index = index;
      co_return report;
    }

   private:
    Exam& exam_;
  };

  Exam& exam_;
};

class TrialTest : public testing::Test {
 protected:
  using Reports = Result<std::vector<TestReport>>;

  explicit TrialTest(std::size_t permits = 4) : reservoir_(permits, mebibytes(1 << 20)) {}

  void keep(std::size_t index, Verdict verdict, std::string out = {}) {
    TestReport& report = listener_.kept.emplace_back(ends(verdict, std::move(out)));
    report.index = index;
  }
  /// Every test will be accepted, unless finish() says otherwise.
  void prepare(Exam& exam, std::size_t tests) {
    exam.gates.clear();
    for (std::size_t i = 0; i < tests; ++i) exam.gates.emplace_back(loop_.get_executor());
    exam.reports.assign(tests, ends(Verdict::Accepted));
  }
  void spawn(asio::io_context& loop, Exam& exam, Policy policy, std::stop_token stop,
             std::optional<Reports>& reports) {
    asio::co_spawn(
        loop,
        run_trial(std::make_unique<FakeExamination>(exam), reservoir_, policy, listener_,
                  std::move(stop)),
        [&reports](std::exception_ptr, Reports result) { reports.emplace(std::move(result)); });
  }
  void start(std::size_t tests, Policy policy = Policy::All, std::stop_token stop = {}) {
    prepare(exam_, tests);
    result_.reset();
    spawn(loop_, exam_, policy, std::move(stop), result_);
    settle();
  }
  void settle() {
    loop_.restart();
    loop_.poll();
  }
  void finish(std::size_t test, Result<TestReport> report) {
    exam_.reports.at(test) = std::move(report);
    exam_.gates.at(test).set();
    settle();
  }
  void finish(std::size_t test, Verdict verdict) { finish(test, ends(verdict)); }
  void finish_all() {
    for (Wakeup& gate : exam_.gates) gate.set();
    settle();
  }
  /// From here on every test takes the whole slice of its lane.
  void be_slow() {
    for (auto& report : exam_.reports) report->wall_time = kLaneSlice;
  }
  [[nodiscard]] std::vector<Verdict> verdicts() const {
    std::vector<Verdict> verdicts;
    if (!result_ || !*result_) return verdicts;
    for (const TestReport& report : **result_) verdicts.push_back(report.verdict);
    return verdicts;
  }

  asio::io_context loop_{1};
  Reservoir reservoir_;
  Exam exam_;
  Listener listener_;
  std::stop_source stop_;
  std::optional<Reports> result_;
};

TEST_F(TrialTest, ReportsEveryTestInOrder) {
  start(3);
  finish(2, Verdict::Accepted);
  finish(0, Verdict::WrongAnswer);
  finish(1, Verdict::RuntimeError);
  EXPECT_THAT(verdicts(),
              ElementsAre(Verdict::WrongAnswer, Verdict::RuntimeError, Verdict::Accepted));
  EXPECT_THAT(listener_.heard, ElementsAre(2, 0, 1));
}

TEST_F(TrialTest, NeverRunsMoreTestsThanItHasPermits) {
  start(100);
  EXPECT_EQ(exam_.running, 4U);
  finish_all();
  EXPECT_EQ(verdicts().size(), 100U);
  EXPECT_EQ(exam_.most_running, 4U);
  EXPECT_EQ(exam_.examined.size(), 100U);
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
  EXPECT_EQ(reservoir_.counters().waiting, 0U);
}

TEST_F(TrialTest, KeepsItsExaminersFromTestToTest) {
  start(100);
  finish_all();
  EXPECT_EQ(exam_.examiners, 4U);
}

TEST_F(TrialTest, TakesNoMorePermitsThanItHasTests) {
  start(2);
  EXPECT_EQ(reservoir_.counters().in_use, 2U);
  EXPECT_EQ(reservoir_.counters().waiting, 0U);
  finish_all();
}

TEST_F(TrialTest, TakesWhatItsExaminationDemandsForEachTest) {
  exam_.demand = {2, mebibytes(77)};
  start(10);
  EXPECT_EQ(exam_.running, 2U) << "four permits, two for each test";
  EXPECT_EQ(reservoir_.counters().in_use, 4U);
  EXPECT_EQ(reservoir_.counters().memory_in_use, mebibytes(154));
  finish_all();
  EXPECT_EQ(verdicts().size(), 10U);
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
}

TEST_F(TrialTest, FailsIfItsExaminationDemandsMoreBoxesThanThereArePermits) {
  exam_.demand.boxes = 5;
  start(2);
  ASSERT_TRUE(result_);
  ASSERT_FALSE(*result_);
  EXPECT_EQ(result_->error().what, "5 sandboxes are needed at one time, but only 4 may run here");
  EXPECT_TRUE(exam_.examined.empty());
}

TEST_F(TrialTest, SkipsAllTestsAfterTheFirstFailure) {
  start(10, Policy::FirstFailure);
  finish(1, Verdict::WrongAnswer);
  finish(0, Verdict::Accepted);
  EXPECT_EQ(exam_.examined.size(), 4U);
  EXPECT_EQ(exam_.running, 0U);
  ASSERT_EQ(verdicts().size(), 10U);
  EXPECT_EQ(verdicts()[0], Verdict::Accepted);
  EXPECT_EQ(verdicts()[1], Verdict::WrongAnswer);
  for (std::size_t i = 2; i < 10; ++i) EXPECT_EQ(verdicts()[i], Verdict::Skipped) << i;
  EXPECT_THAT(listener_.heard, ElementsAre(0, 1));
}

TEST_F(TrialTest, ReportsTheSameFirstFailureInEveryOrderOfEnding) {
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    listener_.heard.clear();
    start(4, Policy::FirstFailure);
    for (const std::size_t test : order) {
      finish(test, test == 1 || test == 3 ? Verdict::RuntimeError : Verdict::Accepted);
    }
    EXPECT_THAT(verdicts(), ElementsAre(Verdict::Accepted, Verdict::RuntimeError, Verdict::Skipped,
                                        Verdict::Skipped));
    EXPECT_THAT(listener_.heard, ElementsAre(0, 1));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(TrialTest, ReportsTestsKilledByAStopAsCancelled) {
  start(10, Policy::All, stop_.get_token());
  finish(0, Verdict::Accepted);
  std::thread{[this] { stop_.request_stop(); }}.join();
  settle();
  ASSERT_EQ(verdicts().size(), 10U);
  EXPECT_EQ(verdicts()[0], Verdict::Accepted);
  for (std::size_t i = 1; i < 10; ++i) EXPECT_EQ(verdicts()[i], Verdict::Cancelled) << i;
  EXPECT_EQ(exam_.examined.size(), 5U);
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
}

TEST_F(TrialTest, EndsAtOnceIfStoppedWhileItWaitsForAPermit) {
  start(4);
  Exam second;
  prepare(second, 2);
  std::optional<Reports> reports;
  spawn(loop_, second, Policy::All, stop_.get_token(), reports);
  settle();
  EXPECT_EQ(reservoir_.counters().waiting, 1U);
  stop_.request_stop();
  settle();
  ASSERT_TRUE(reports && *reports);
  EXPECT_EQ((**reports)[1].verdict, Verdict::Cancelled);
  finish_all();
}

TEST_F(TrialTest, ReturnsAFaultOfEvalxAndKillsTheOtherTests) {
  start(4);
  finish(2, fail(std::make_error_code(std::errc::resource_unavailable_try_again), "clone"));
  ASSERT_TRUE(result_);
  ASSERT_FALSE(*result_);
  EXPECT_EQ(result_->error().what, "clone");
  EXPECT_EQ(exam_.running, 0U);
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
  EXPECT_THAT(listener_.heard, ElementsAre());
}

TEST_F(TrialTest, LetsAnotherTrialInAfterItsSlice) {
  start(1000);
  EXPECT_THAT(exam_.examined, ElementsAre(0, 1, 2, 3));
  be_slow();
  Exam second;
  prepare(second, 1);
  second.gates[0].set();
  std::optional<Reports> ended;
  spawn(loop_, second, Policy::All, {}, ended);
  settle();
  EXPECT_TRUE(second.examined.empty());
  // The first trial's own request is before it in line: it gets the first permit given back.
  for (const std::size_t test : {0, 1}) {
    exam_.gates[test].set();
    settle();
  }
  EXPECT_THAT(second.examined, ElementsAre(0));
  finish_all();
  EXPECT_TRUE(ended && *ended);
  EXPECT_EQ(verdicts().size(), 1000U);
  EXPECT_EQ(exam_.most_running, 4U);
}

TEST_F(TrialTest, KeepsItsExaminersBeyondItsSliceIfNoOtherRequestWaits) {
  start(40);
  be_slow();
  finish_all();
  EXPECT_EQ(verdicts().size(), 40U);
  EXPECT_EQ(exam_.examiners, 4U);
}

TEST_F(TrialTest, GivesItsPermitsBackIfItsLoopIsDestroyed) {
  auto loop = std::make_unique<asio::io_context>(1);
  for (std::size_t i = 0; i < 10; ++i) exam_.gates.emplace_back(loop->get_executor());
  spawn(*loop, exam_, Policy::All, {}, result_);
  loop->poll();
  EXPECT_EQ(reservoir_.counters().in_use, 4U);
  loop.reset();
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
  EXPECT_EQ(reservoir_.counters().waiting, 0U);
}

TEST_F(TrialTest, TakesTestsOfAnEarlierAttemptAsTheyAreAndRunsTheOthers) {
  keep(2, Verdict::Accepted);
  keep(0, Verdict::WrongAnswer, "its output");
  start(5);
  EXPECT_EQ(exam_.running, 3U);
  finish_all();
  EXPECT_EQ(exam_.examined.size(), 3U);
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::WrongAnswer, Verdict::Accepted, Verdict::Accepted,
                                      Verdict::Accepted, Verdict::Accepted));
  EXPECT_EQ((**result_)[0].out.head, "its output");
  EXPECT_THAT(listener_.heard, testing::UnorderedElementsAre(1, 3, 4));
}

TEST_F(TrialTest, RunsNothingIfAnEarlierAttemptFinishedAllTests) {
  for (std::size_t index = 0; index < 3; ++index) keep(index, Verdict::Accepted);
  start(3);
  EXPECT_EQ(verdicts(), std::vector(3, Verdict::Accepted));
  EXPECT_EQ(exam_.examiners, 0U);
}

TEST_F(TrialTest, SkipsTestsAfterAFailureOfAnEarlierAttempt) {
  keep(0, Verdict::Accepted);
  keep(1, Verdict::TimeLimit);
  start(4, Policy::FirstFailure);
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::Accepted, Verdict::TimeLimit, Verdict::Skipped,
                                      Verdict::Skipped));
  EXPECT_TRUE(exam_.examined.empty());
  EXPECT_TRUE(listener_.heard.empty());
}

TEST_F(TrialTest, ReportsInOrderAfterTestsOfAnEarlierAttemptUnderFirstFailure) {
  keep(0, Verdict::Accepted);
  keep(1, Verdict::Accepted);
  start(5, Policy::FirstFailure);
  finish(3, Verdict::RuntimeError);
  finish(2, Verdict::Accepted);
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::Accepted, Verdict::Accepted, Verdict::Accepted,
                                      Verdict::RuntimeError, Verdict::Skipped));
  EXPECT_THAT(listener_.heard, ElementsAre(2, 3));
}

TEST_F(TrialTest, ShortensOutputsAsIfAllTestsHadRunInOneAttempt) {
  const std::string much(10UL * 1024 * 1024, 'x');
  const auto write_much = [&] {
    for (std::size_t test = 0; test < 4; ++test) {
      if (!exam_.gates[test].is_set()) finish(test, ends(Verdict::Accepted, much));
    }
    std::vector<std::size_t> sizes;
    for (const TestReport& report : **result_) sizes.push_back(report.out.head.size());
    return sizes;
  };
  start(4);
  const auto at_once = write_much();
  ASSERT_LT(at_once[3], much.size());
  listener_.kept = std::vector((*result_)->begin(), (*result_)->begin() + 3);
  start(4);
  EXPECT_EQ(write_much(), at_once);
}

}  // namespace
}  // namespace evalx::judge
