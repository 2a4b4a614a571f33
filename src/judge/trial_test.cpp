#include "judge/trial.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <deque>
#include <thread>

#include "judge/fake_sandbox.hpp"

namespace evalx::judge {
namespace {

using sandbox::Cause;
using sandbox::Outcome;
using sandbox::RunSpec;
using submission::Policy;
using submission::TestReport;
using submission::Verdict;
using testing::ElementsAre;

class Listener final : public Progress {
 public:
  std::vector<TestReport> begin(ProgramName) override { return std::exchange(kept, {}); }
  void tested(const TestReport& report) override { heard.push_back(report.index); }
  std::vector<std::size_t> heard;
  std::vector<TestReport> kept;  ///< What an earlier attempt finished.
};

/// A program that reads which test it is from stdin; each test ends when the test case says so.
class TrialTest : public testing::Test {
 protected:
  explicit TrialTest(std::size_t permits = 4) : reservoir_(permits, mebibytes(1 << 20)) {}

  static Trial trial_of(std::size_t tests, Policy policy = Policy::All) {
    Trial trial;
    trial.argv = {"/box/program"};
    trial.policy = policy;
    for (std::size_t i = 0; i < tests; ++i) {
      trial.tests.push_back({std::to_string(i), "right", {}});
    }
    return trial;
  }

  void keep(std::size_t index, Verdict verdict, std::string out = {}) {
    TestReport& report = listener_.kept.emplace_back();
    report.index = index;
    report.verdict = verdict;
    report.out = {out, out.size()};
  }
  void start(Trial trial, std::stop_token stop = {}) {
    gates_.resize(trial.tests.size(), Wakeup{loop_.get_executor()});
    for (Wakeup& gate : gates_) gate = Wakeup{loop_.get_executor()};
    outcomes_.resize(trial.tests.size(), exits(0, "right"));
    asio::co_spawn(loop_,
                   run_trial(sandbox_, reservoir_, std::move(trial), listener_, std::move(stop)),
                   [this](std::exception_ptr, Result<std::vector<TestReport>> result) {
                     result_.emplace(std::move(result));
                   });
    settle();
  }
  void settle() {
    loop_.restart();
    loop_.poll();
  }
  void finish(std::size_t test, Outcome outcome) {
    outcomes_.at(test) = std::move(outcome);
    gates_.at(test).set();
    settle();
  }
  void finish_all() {
    for (Wakeup& gate : gates_) gate.set();
    settle();
  }
  [[nodiscard]] std::vector<Verdict> verdicts() const {
    std::vector<Verdict> verdicts;
    if (!result_ || !*result_) return verdicts;
    for (const TestReport& report : **result_) verdicts.push_back(report.verdict);
    return verdicts;
  }

  Task<Result<Outcome>> play(RunSpec spec) {
    const std::size_t test = std::stoul(spec.stdin_bytes);
    Wakeup gate = gates_.at(test);
    co_await gate.wait(spec.stop);
    if (gate.is_set()) co_return outcomes_.at(test);
    Outcome killed;
    killed.cause = Cause::Cancelled;
    co_return killed;
  }

  asio::io_context loop_{1};
  Reservoir reservoir_;
  std::deque<Wakeup> gates_;
  std::deque<Result<Outcome>> outcomes_;
  FakeSandbox sandbox_{[this](RunSpec spec) { return play(std::move(spec)); }};
  Listener listener_;
  std::stop_source stop_;
  std::optional<Result<std::vector<TestReport>>> result_;
};

TEST_F(TrialTest, ReportsEveryTestInOrder) {
  start(trial_of(3));
  finish(2, exits(0, "right"));
  finish(0, exits(0, "wrong"));
  finish(1, exits(3));
  EXPECT_THAT(verdicts(),
              ElementsAre(Verdict::WrongAnswer, Verdict::RuntimeError, Verdict::Accepted));
  EXPECT_EQ((**result_)[1].exit_code, 3);
  EXPECT_THAT(listener_.heard, ElementsAre(2, 0, 1));
}

TEST_F(TrialTest, NeverRunsMoreThanItHasPermits) {
  start(trial_of(100));
  EXPECT_EQ(sandbox_.running, 4U);
  finish_all();
  EXPECT_EQ(verdicts().size(), 100U);
  EXPECT_EQ(sandbox_.most_running, 4U);
  EXPECT_EQ(sandbox_.runs.size(), 100U);
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
  EXPECT_EQ(reservoir_.counters().waiting, 0U);
}

TEST_F(TrialTest, RunsOneTestAfterTheOtherInTheSameBox) {
  start(trial_of(100));
  finish_all();
  EXPECT_EQ(sandbox_.opened.size(), 4U);
}

TEST_F(TrialTest, TakesNoMorePermitsThanThereAreTests) {
  start(trial_of(2));
  EXPECT_EQ(reservoir_.counters().in_use, 2U);
  EXPECT_EQ(reservoir_.counters().waiting, 0U);
  finish_all();
}

TEST_F(TrialTest, GivesArgumentsInputLimitsAndASeparateStdinToEachTest) {
  Trial trial = trial_of(1);
  trial.environment = {"A=b"};
  trial.tests[0].args = {"--fast", "x y"};
  trial.limits.memory = mebibytes(77);
  trial.proc = sandbox::Proc::Shared;
  start(std::move(trial));
  ASSERT_EQ(sandbox_.runs.size(), 1U);
  EXPECT_EQ(reservoir_.counters().memory_in_use, mebibytes(77));
  EXPECT_THAT(sandbox_.runs[0].argv, ElementsAre("/box/program", "--fast", "x y"));
  EXPECT_THAT(sandbox_.runs[0].environment, ElementsAre("A=b"));
  EXPECT_EQ(sandbox_.runs[0].stdin_bytes, "0");
  EXPECT_EQ(sandbox_.runs[0].limits.memory, mebibytes(77));
  EXPECT_EQ(sandbox_.runs[0].proc, sandbox::Proc::Shared);
  finish_all();
}

TEST_F(TrialTest, AcceptsAnyOutputWhereNoneIsExpected) {
  Trial trial = trial_of(1);
  trial.tests[0].expected_output.reset();
  start(std::move(trial));
  finish(0, exits(0, "whatever"));
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::Accepted));
}

TEST_F(TrialTest, SkipsWhatComesAfterTheFirstFailure) {
  start(trial_of(10, Policy::FirstFailure));
  finish(1, exits(0, "wrong"));
  finish(0, exits(0, "right"));
  EXPECT_EQ(sandbox_.runs.size(), 4U);
  EXPECT_EQ(sandbox_.running, 0U);
  ASSERT_EQ(verdicts().size(), 10U);
  EXPECT_EQ(verdicts()[0], Verdict::Accepted);
  EXPECT_EQ(verdicts()[1], Verdict::WrongAnswer);
  for (std::size_t i = 2; i < 10; ++i) EXPECT_EQ(verdicts()[i], Verdict::Skipped) << i;
  EXPECT_THAT(listener_.heard, ElementsAre(0, 1));
}

TEST_F(TrialTest, ReportsTheSameFirstFailureInWhateverOrderTestsEnd) {
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    result_.reset();
    listener_.heard.clear();
    start(trial_of(4, Policy::FirstFailure));
    for (const std::size_t test : order) {
      finish(test, test == 1 || test == 3 ? exits(1) : exits(0, "right"));
    }
    EXPECT_THAT(verdicts(), ElementsAre(Verdict::Accepted, Verdict::RuntimeError, Verdict::Skipped,
                                        Verdict::Skipped));
    EXPECT_THAT(listener_.heard, ElementsAre(0, 1));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(TrialTest, ReportsWhatWasKilledByAStopAsCancelled) {
  start(trial_of(10), stop_.get_token());
  finish(0, exits(0, "right"));
  std::thread{[this] { stop_.request_stop(); }}.join();
  settle();
  ASSERT_EQ(verdicts().size(), 10U);
  EXPECT_EQ(verdicts()[0], Verdict::Accepted);
  for (std::size_t i = 1; i < 10; ++i) EXPECT_EQ(verdicts()[i], Verdict::Cancelled) << i;
  EXPECT_EQ(sandbox_.runs.size(), 5U);
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
}

TEST_F(TrialTest, EndsAtOnceIfStoppedWhileItWaitsForAPermit) {
  Trial blocker = trial_of(4);
  start(std::move(blocker));
  std::optional<Result<std::vector<TestReport>>> second;
  asio::co_spawn(loop_, run_trial(sandbox_, reservoir_, trial_of(2), listener_, stop_.get_token()),
                 [&second](std::exception_ptr, Result<std::vector<TestReport>> result) {
                   second.emplace(std::move(result));
                 });
  settle();
  EXPECT_EQ(reservoir_.counters().waiting, 1U);
  stop_.request_stop();
  settle();
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((**second)[1].verdict, Verdict::Cancelled);
  finish_all();
}

TEST_F(TrialTest, PropagatesAFaultOfOursAndKillsTheRest) {
  start(trial_of(4));
  outcomes_.at(2) = fail(std::make_error_code(std::errc::resource_unavailable_try_again), "clone");
  gates_.at(2).set();
  settle();
  ASSERT_TRUE(result_);
  ASSERT_FALSE(*result_);
  EXPECT_EQ(result_->error().what, "clone");
  EXPECT_EQ(sandbox_.running, 0U);
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
  EXPECT_THAT(listener_.heard, ElementsAre());
}

TEST_F(TrialTest, PropagatesABoxThatCannotBeOpened) {
  sandbox_.open_failure = Error{std::make_error_code(std::errc::not_enough_memory), "mount"};
  start(trial_of(10));
  ASSERT_TRUE(result_);
  ASSERT_FALSE(*result_);
  EXPECT_EQ(result_->error().what, "mount");
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
}

TEST_F(TrialTest, CallsAProgramThatCannotBeStartedARuntimeError) {
  start(trial_of(1));
  outcomes_.at(0) =
      fail(std::make_error_code(std::errc::executable_format_error), "execve", "/box/program");
  finish_all();
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::RuntimeError));
  EXPECT_THAT((**result_)[0].message, testing::HasSubstr("Exec format error"));
}

TEST_F(TrialTest, CallsAToolOfTheLanguageThatIsNotThereAFaultOfOursAndNamesItsPackage) {
  Trial trial = trial_of(1);
  trial.argv = {"/usr/bin/python3", "main.py"};
  trial.packages = "python3";
  start(std::move(trial));
  outcomes_.at(0) = fail(std::make_error_code(std::errc::no_such_file_or_directory), "execve",
                         "/usr/bin/python3");
  finish_all();
  ASSERT_TRUE(result_);
  ASSERT_FALSE(*result_);
  EXPECT_EQ(result_->error().what, "execve /usr/bin/python3 (provided by python3)");
}

TEST_F(TrialTest, LetsAnotherTrialInAfterItsSlice) {
  start(trial_of(1000));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(sandbox_.runs[i].stdin_bytes, std::to_string(i));
  Outcome slow = exits(0, "right");
  slow.wall = kLaneSlice;
  for (auto& outcome : outcomes_) outcome = slow;

  Trial second = trial_of(1);
  second.argv = {"/box/second"};
  second.tests[0].stdin_bytes = "999";
  std::optional<Result<std::vector<TestReport>>> ended;
  asio::co_spawn(loop_, run_trial(sandbox_, reservoir_, std::move(second), listener_, {}),
                 [&ended](std::exception_ptr, Result<std::vector<TestReport>> result) {
                   ended.emplace(std::move(result));
                 });
  settle();
  // The first trial's recruiter stands before it in line: the second permit given back is its own.
  finish(0, slow);
  finish(1, slow);
  EXPECT_EQ(sandbox_.runs.back().argv, std::vector<std::string>{"/box/second"});
  finish_all();
  EXPECT_TRUE(ended && *ended);
  EXPECT_EQ(verdicts().size(), 1000U);
  EXPECT_EQ(sandbox_.most_running, 4U);
}

TEST_F(TrialTest, KeepsItsBoxWhileNobodyElseWaits) {
  start(trial_of(40));
  Outcome slow = exits(0, "right");
  slow.wall = kLaneSlice;
  for (auto& outcome : outcomes_) outcome = slow;
  finish_all();
  EXPECT_EQ(verdicts().size(), 40U);
  EXPECT_EQ(sandbox_.opened.size(), 4U);
}

TEST_F(TrialTest, IsDestroyedWithItsLoopWhileItRuns) {
  auto loop = std::make_unique<asio::io_context>(1);
  FakeSandbox sandbox{run_until_killed};
  asio::co_spawn(*loop, run_trial(sandbox, reservoir_, trial_of(10), listener_, {}),
                 [](std::exception_ptr, Result<std::vector<TestReport>>) {});
  loop->poll();
  EXPECT_EQ(reservoir_.counters().in_use, 4U);
  loop.reset();
  EXPECT_EQ(reservoir_.counters().in_use, 0U);
  EXPECT_EQ(reservoir_.counters().waiting, 0U);
}

TEST_F(TrialTest, TakesWhatAnEarlierAttemptFinishedAsItIsAndRunsTheOthers) {
  keep(2, Verdict::Accepted);
  keep(0, Verdict::WrongAnswer, "what it said");
  start(trial_of(5));
  EXPECT_EQ(sandbox_.running, 3U);
  finish_all();
  EXPECT_EQ(sandbox_.runs.size(), 3U);
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::WrongAnswer, Verdict::Accepted, Verdict::Accepted,
                                      Verdict::Accepted, Verdict::Accepted));
  EXPECT_EQ((**result_)[0].out.head, "what it said");
  EXPECT_THAT(listener_.heard, testing::UnorderedElementsAre(1, 3, 4));
}

TEST_F(TrialTest, RunsNothingIfAllWasFinished) {
  for (std::size_t index = 0; index < 3; ++index) keep(index, Verdict::Accepted);
  start(trial_of(3));
  EXPECT_EQ(verdicts(), std::vector(3, Verdict::Accepted));
  EXPECT_TRUE(sandbox_.opened.empty());
}

TEST_F(TrialTest, AFailureOfAnEarlierAttemptSkipsWhatIsBehindIt) {
  keep(0, Verdict::Accepted);
  keep(1, Verdict::TimeLimit);
  start(trial_of(4, Policy::FirstFailure));
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::Accepted, Verdict::TimeLimit, Verdict::Skipped,
                                      Verdict::Skipped));
  EXPECT_TRUE(sandbox_.runs.empty());
  EXPECT_TRUE(listener_.heard.empty());
}

TEST_F(TrialTest, UnderFirstFailureItTellsOnBehindWhatWasFinished) {
  keep(0, Verdict::Accepted);
  keep(1, Verdict::Accepted);
  start(trial_of(5, Policy::FirstFailure));
  finish(3, exits(1));
  finish(2, exits(0, "right"));
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::Accepted, Verdict::Accepted, Verdict::Accepted,
                                      Verdict::RuntimeError, Verdict::Skipped));
  EXPECT_THAT(listener_.heard, ElementsAre(2, 3));
}

TEST_F(TrialTest, OutputsAreCutAsIfAllHadRunAtOnce) {
  const std::string much(10UL * 1024 * 1024, 'x');
  const auto say_much = [&] {
    for (std::size_t test = 0; test < 4; ++test) {
      if (!gates_[test].is_set()) finish(test, exits(0, much));
    }
    std::vector<std::size_t> sizes;
    for (const TestReport& report : **result_) sizes.push_back(report.out.head.size());
    return sizes;
  };
  start(trial_of(4));
  const auto at_once = say_much();
  ASSERT_LT(at_once[3], much.size());
  listener_.kept = std::vector((*result_)->begin(), (*result_)->begin() + 3);
  start(trial_of(4));
  EXPECT_EQ(say_much(), at_once);
}

}  // namespace
}  // namespace evalx::judge
