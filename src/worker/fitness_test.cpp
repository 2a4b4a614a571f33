#include "worker/fitness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "submission/encode.hpp"
#include "worker/fake_queue.hpp"
#include "worker/worker.hpp"

namespace evalx::worker {
namespace {

using submission::Report;
using submission::Submission;
using submission::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string small_spec() {
  Submission submission;
  submission.language = "cpp";
  submission.files = {{"main.cpp", "x"}};
  submission.tests = {{"", "right\n", {}}};
  return submission::encode_submission(submission);
}

Report accepted_report() {
  Report report;
  report.verdict = Verdict::Accepted;
  return report;
}

Error own_fault(std::errc code = std::errc::too_many_files_open) {
  return {std::make_error_code(code), "prlimit"};
}

/// A worker whose runs and self-tests end as the test case says. A self-test
/// waits for its gate.
class FitnessTest : public testing::Test {
 protected:
  explicit FitnessTest(std::size_t jobs = 1) {
    Settings settings;
    settings.jobs_in_flight = jobs;
    settings.pause = Milliseconds{1};
    settings.fitness.first_pause = Milliseconds{1};
    settings.self_test = [this](std::stop_token stop) { return test_itself(std::move(stop)); };
    settings.on_fitness_changed = [this](std::string reason) { reason_ = std::move(reason); };
    const auto judge = [this](Submission, judge::Progress&,
                              std::stop_token) -> Task<Result<Report>> {
      ++judged_;
      co_return outcome_;
    };
    worker_.emplace(loop_.get_executor(), queue_, judge, std::move(settings));
    gate_.set();
  }
  ~FitnessTest() override {
    asio::co_spawn(loop_, worker_->drain(Milliseconds{0}), [](std::exception_ptr) {});
    gate_.set();
    queue_.end_patience();
    loop_.restart();
    loop_.run();
  }

  Task<Result<>> test_itself(std::stop_token stop) {
    ++self_tests_;
    Wakeup gate = gate_;
    co_await gate.wait(std::move(stop));
    co_return works_ ? Result<>{} : tl::make_unexpected(own_fault());
  }
  void settle() {
    loop_.restart();
    loop_.poll();
  }
  void start() {
    worker_->start();
    settle();
  }
  template <class Done>
  void run_until(Done done) {
    loop_.restart();
    while (!done() && loop_.run_one() > 0) {
    }
    ASSERT_TRUE(done());
  }
  std::vector<std::string> retried() const {
    std::vector<std::string> tokens;
    for (const auto& [token, cause] : queue_.retried) tokens.push_back(token);
    return tokens;
  }

  asio::io_context loop_{1};
  FakeQueue queue_{loop_.get_executor()};
  Wakeup gate_{loop_.get_executor()};
  Result<Report> outcome_ = tl::make_unexpected(own_fault());
  bool works_ = false;
  unsigned judged_ = 0;
  unsigned self_tests_ = 0;
  std::string reason_;
  std::optional<Worker> worker_;
};

class TwoAtOnce : public FitnessTest {
 protected:
  TwoAtOnce() : FitnessTest(2) {}
};

TEST_F(FitnessTest, ABrokenWorkerStopsLeasingAndItsFaultsAreNotCharged) {
  for (const char* token : {"a", "b", "c", "d"}) queue_.add(token, small_spec());
  start();
  EXPECT_THAT(retried(), ElementsAre("a", "b"));
  EXPECT_THAT(queue_.released, ElementsAre("c"));
  EXPECT_EQ(judged_, 3U);
  EXPECT_EQ(queue_.leasing, 0U) << "the queue keeps the fourth job";
  EXPECT_FALSE(worker_->fitness().is_fit());
  EXPECT_THAT(reason_, HasSubstr("prlimit: Too many open files"));
}

TEST_F(FitnessTest, ItTakesJobsAgainWhenASelfTestPasses) {
  for (const char* token : {"a", "b", "c", "d"}) queue_.add(token, small_spec());
  start();
  run_until([this] { return self_tests_ >= 3; });
  EXPECT_EQ(judged_, 3U);
  works_ = true;
  outcome_ = accepted_report();
  run_until([this] { return queue_.results.contains("d"); });
  EXPECT_TRUE(worker_->fitness().is_fit());
  EXPECT_EQ(reason_, "");
  EXPECT_GE(worker_->fitness().self_tests().failed, 2U);
  EXPECT_EQ(worker_->fitness().self_tests().passed, 1U);
}

TEST_F(FitnessTest, AWorkerWhoseSelfTestPassesIsNotToBlame) {
  works_ = true;
  for (const char* token : {"a", "b", "c", "d"}) queue_.add(token, small_spec());
  start();
  EXPECT_THAT(retried(), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(queue_.released, IsEmpty());
  EXPECT_EQ(self_tests_, 1U);
  EXPECT_EQ(reason_, "");
}

TEST_F(FitnessTest, ASecondFaultOfOneJobIsNotChargedToItIfTheWorkerIsBroken) {
  queue_.add("a", small_spec());
  start();
  queue_.add("a", small_spec());
  settle();
  EXPECT_THAT(retried(), ElementsAre("a"));
  EXPECT_THAT(queue_.released, ElementsAre("a"));
  EXPECT_EQ(self_tests_, 1U);
}

TEST_F(FitnessTest, AnySuccessEndsTheRowOfFaults) {
  for (int round = 0; round < 4; ++round) {
    outcome_ = tl::make_unexpected(own_fault());
    queue_.add("a" + std::to_string(round), small_spec());
    round == 0 ? start() : settle();
    queue_.add("b" + std::to_string(round), small_spec());
    settle();
    outcome_ = accepted_report();
    queue_.add("c" + std::to_string(round), small_spec());
    settle();
  }
  EXPECT_EQ(self_tests_, 0U);
  EXPECT_EQ(queue_.retried.size(), 8U);
}

TEST_F(FitnessTest, AMissingLanguageIsNoSignOfABrokenWorker) {
  outcome_ = tl::make_unexpected(own_fault(std::errc::not_supported));
  for (const char* token : {"a", "b", "c", "d", "a"}) queue_.add(token, small_spec());
  start();
  EXPECT_EQ(self_tests_, 0U);
  EXPECT_EQ(queue_.retried.size(), 5U);
}

TEST_F(TwoAtOnce, AJobThatItLeasesDuringASelfTestWaitsForTheOutcome) {
  for (const bool works : {true, false}) {
    const unsigned before = judged_;
    works_ = works;
    gate_ = Wakeup{loop_.get_executor()};
    outcome_ = tl::make_unexpected(own_fault());
    for (const char* token : {"a", "b", "c"})
      queue_.add(token + std::to_string(works), small_spec());
    works ? start() : settle();
    EXPECT_EQ(judged_, before + 3);
    outcome_ = accepted_report();
    queue_.add("d" + std::to_string(works), small_spec());
    settle();
    EXPECT_EQ(judged_, before + 3) << "it waits";
    gate_.set();
    settle();
    EXPECT_EQ(queue_.results.contains("d" + std::to_string(works)), works);
  }
}

TEST_F(FitnessTest, ADrainEndsTheSelfTestAndReturnsTheJobUncharged) {
  gate_ = Wakeup{loop_.get_executor()};
  for (const char* token : {"a", "b", "c"}) queue_.add(token, small_spec());
  start();
  bool drained = false;
  asio::co_spawn(loop_, worker_->drain(Milliseconds{60'000}),
                 [&](std::exception_ptr) { drained = true; });
  settle();
  EXPECT_TRUE(drained);
  EXPECT_THAT(queue_.released, ElementsAre("c"));
}

}  // namespace
}  // namespace evalx::worker
