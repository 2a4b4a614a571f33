#include "worker/checkpointer.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>

#include "submission/decode_report.hpp"
#include "submission/encode.hpp"
#include "worker/fake_queue.hpp"

namespace evalx::worker {
namespace {

using submission::Checkpoint;
using submission::TestReport;
using submission::Verdict;
using testing::ElementsAre;

constexpr Milliseconds kNever{3'600'000};

/// One job of many tests; the test case plays the judge.
class CheckpointerTest : public testing::Test {
 protected:
  ~CheckpointerTest() override {
    job_.reset();
    queue_.save_gate.set();
    settle();
  }

  /// Starts a job; with the rule after = 0 it is saved from its first test on.
  std::vector<TestReport> begin(std::size_t tests, CheckpointRules rules,
                                std::vector<std::string> parts = {}, bool has_events = true) {
    submission_.tests.resize(tests);
    leased_.id = {"a", 7};
    leased_.attempt = 2;
    leased_.checkpoint = std::move(parts);
    leased_.has_events = has_events;
    job_.emplace(loop_.get_executor(), queue_, leased_, submission_, rules, [this](Task<> call) {
      asio::co_spawn(loop_, std::move(call),
                     [](std::exception_ptr exception) { EXPECT_FALSE(exception); });
    });
    reports_.resize(tests);
    auto kept = job_->begin([this] {
      ++asked_for_name_;
      return name_;
    });
    settle();
    return kept;
  }
  void test(std::size_t index, Verdict verdict = Verdict::Accepted, std::string out = {}) {
    TestReport& report = reports_.at(index);
    report.index = index;
    report.verdict = verdict;
    report.out = {out, out.size()};
    job_->tested(report);
  }
  void tests(std::size_t from, std::size_t to) {
    for (std::size_t index = from; index < to; ++index) test(index);
  }
  void settle() {
    loop_.restart();
    loop_.poll();
  }
  /// Runs the loop until there were this many saves. The timers are real.
  void run_until_saved(std::size_t times) {
    loop_.restart();
    while (queue_.checkpoints.size() < times && loop_.run_one() > 0) {
    }
    ASSERT_EQ(queue_.checkpoints.size(), times);
  }
  [[nodiscard]] std::vector<std::size_t> sizes() const {
    std::vector<std::size_t> sizes;
    for (const std::string& part : queue_.checkpoints) sizes.push_back(read(part).tests.size());
    return sizes;
  }
  static Checkpoint read(const std::string& part) {
    auto checkpoint = submission::decode_checkpoint(part);
    EXPECT_TRUE(checkpoint) << part;
    return checkpoint ? *std::move(checkpoint) : Checkpoint{};
  }
  static std::string part(std::string program, std::size_t from, std::size_t to) {
    Checkpoint checkpoint;
    checkpoint.program = std::move(program);
    for (std::size_t index = from; index < to; ++index) {
      checkpoint.tests.emplace_back().index = index;
      checkpoint.tests.back().verdict = Verdict::WrongAnswer;
    }
    return submission::encode_checkpoint(checkpoint);
  }

  static constexpr CheckpointRules kByCount{Milliseconds{0}, kNever, 100};

  asio::io_context loop_{1};
  FakeQueue queue_{loop_.get_executor()};
  submission::Submission submission_;
  queue::Leased leased_;
  std::string name_ = "the program";
  int asked_for_name_ = 0;
  std::vector<TestReport> reports_;
  std::optional<Checkpointer> job_;
};

TEST_F(CheckpointerTest, ASmallJobIsNeverSaved) {
  begin(10'000, CheckpointRules{});
  tests(0, 10'000);
  settle();
  job_.reset();
  settle();
  EXPECT_TRUE(queue_.checkpoints.empty());
  EXPECT_EQ(asked_for_name_, 0) << "its program is not read either";
  EXPECT_EQ(queue_.sent.size(), 10'000U);
}

TEST_F(CheckpointerTest, ALongJobIsSavedEveryHundredTests) {
  begin(1000, kByCount);
  test(0);  // The first save does not wait for a hundred tests.
  settle();
  ASSERT_THAT(sizes(), ElementsAre(1));
  for (std::size_t at = 1; at < 401; at += 50) {
    tests(at, at + 50);
    settle();
  }
  EXPECT_THAT(sizes(), ElementsAre(1, 100, 100, 100, 100));
  EXPECT_EQ(asked_for_name_, 1);
  std::size_t next = 0;
  for (const std::string& saved : queue_.checkpoints) {
    const Checkpoint checkpoint = read(saved);
    EXPECT_EQ(checkpoint.program, "the program");
    for (const TestReport& report : checkpoint.tests) EXPECT_EQ(report.index, next++);
  }
}

TEST_F(CheckpointerTest, ALongJobIsSavedWhenTheIntervalEndsWithoutANewTest) {
  begin(1000, {Milliseconds{1}, Milliseconds{1}, 100});
  tests(0, 3);
  run_until_saved(1);
  settle();
  tests(3, 5);
  run_until_saved(2);
  EXPECT_THAT(sizes(), ElementsAre(3, 2));
}

TEST_F(CheckpointerTest, TestsContinueWhileTheOneSaveIsUnderWay) {
  queue_.save_gate = Wakeup{loop_.get_executor()};
  begin(1000, kByCount);
  for (std::size_t at = 0; at < 900; at += 300) {
    tests(at, at + 300);
    settle();
  }
  EXPECT_EQ(queue_.saves_under_way, 1U);
  EXPECT_THAT(sizes(), ElementsAre(300));
  EXPECT_EQ(queue_.sent.size(), 900U) << "no test waited";
  queue_.save_gate.set();
  settle();
  EXPECT_THAT(sizes(), ElementsAre(300, 600));
  EXPECT_EQ(queue_.most_saves_under_way, 1U);
}

TEST_F(CheckpointerTest, TestsOfAFailedSaveAreSavedAgainInOrder) {
  queue_.save_failures.push_back({queue::Errc::Unavailable, "checkpoint"});
  begin(1000, {Milliseconds{0}, Milliseconds{1}, 100});
  tests(0, 120);
  run_until_saved(1);
  tests(120, 130);
  run_until_saved(2);
  EXPECT_THAT(sizes(), ElementsAre(120, 130));
  EXPECT_EQ(read(queue_.checkpoints[1]).tests.at(129).index, 129U);
}

TEST_F(CheckpointerTest, AfterAnyOtherErrorNothingMoreIsSaved) {
  for (const queue::Errc refusal : {queue::Errc::LeaseLost, queue::Errc::Full}) {
    queue_.checkpoints.clear();
    queue_.save_failures.push_back({refusal, "checkpoint"});
    begin(1000, kByCount);
    tests(0, 200);
    settle();
    tests(200, 500);
    settle();
    EXPECT_EQ(queue_.checkpoints.size(), 1U);
  }
  EXPECT_EQ(queue_.sent.size(), 1000U) << "the job does not fail";
}

TEST_F(CheckpointerTest, NothingIsSavedAfterTheJudging) {
  begin(1000, kByCount);
  tests(0, 200);
  job_.reset();
  reports_.clear();
  settle();
  EXPECT_TRUE(queue_.checkpoints.empty());
}

TEST_F(CheckpointerTest, AKilledTestIsNotSaved) {
  begin(1000, kByCount);
  tests(0, 99);
  settle();
  queue_.checkpoints.clear();
  for (std::size_t index = 99; index < 300; ++index) test(index, Verdict::Cancelled);
  settle();
  EXPECT_TRUE(queue_.checkpoints.empty());
}

TEST_F(CheckpointerTest, ATestThatTheWorkerStoppedForItsOwnEndHasNoEvent) {
  begin(2, kByCount);
  test(0, Verdict::Cancelled);
  EXPECT_TRUE(queue_.sent.empty());
  std::stop_source client;
  leased_.cancelled = client.get_token();
  client.request_stop();
  test(1, Verdict::Cancelled);
  EXPECT_THAT(queue_.sent, ElementsAre("a test"));
}

TEST_F(CheckpointerTest, TheSizeOfOneSaveIsBounded) {
  begin(1000, {kNever, kNever, 100});
  const std::string output(300'000, 'x');
  for (std::size_t index = 0; index < 8; ++index) test(index, Verdict::Accepted, output);
  settle();
  EXPECT_TRUE(queue_.checkpoints.empty());
  job_.reset();
  begin(1000, {Milliseconds{1}, Milliseconds{1}, 100});
  for (std::size_t index = 0; index < 8; ++index) test(index, Verdict::Accepted, output);
  run_until_saved(2);
  EXPECT_THAT(sizes(), ElementsAre(4, 4));
  for (const std::string& saved : queue_.checkpoints)
    EXPECT_LT(saved.size(), queue::kCheckpointPartBytesMax);
}

TEST_F(CheckpointerTest, AnAtomicJobIsNeitherSavedNorResumed) {
  submission_.atomic = true;
  EXPECT_TRUE(begin(1000, kByCount, {part("the program", 0, 5)}).empty());
  tests(0, 500);
  settle();
  EXPECT_TRUE(queue_.checkpoints.empty());
  EXPECT_EQ(queue_.sent.size(), 500U);
}

TEST_F(CheckpointerTest, AnAttemptResumesAfterTheTestsOfEarlierOnesAndReportsIt) {
  const auto kept = begin(1000, kByCount, {part("the program", 0, 5), part("the program", 5, 9)});
  ASSERT_EQ(kept.size(), 9U);
  EXPECT_EQ(kept[8].index, 8U);
  EXPECT_EQ(kept[8].verdict, Verdict::WrongAnswer);
  EXPECT_THAT(queue_.sent, ElementsAre("a resumed"));
  EXPECT_EQ(queue_.last_sent_data, R"({"attempt":2,"kept_tests":9})");
  EXPECT_TRUE(leased_.checkpoint.empty()) << "its memory is freed";
  test(9);
  settle();
  ASSERT_EQ(queue_.checkpoints.size(), 1U);
  EXPECT_THAT(sizes(), ElementsAre(1)) << "saved tests are not saved again";
}

TEST_F(CheckpointerTest, AnEventStreamThatBeganAgainGetsTheKeptTests) {
  begin(1000, kByCount, {part("the program", 0, 3)}, false);
  EXPECT_THAT(queue_.sent, ElementsAre("a test", "a test", "a test"));
  EXPECT_THAT(queue_.last_sent_data, testing::HasSubstr(R"("index":2,"verdict":"wrong_answer")"));
}

TEST_F(CheckpointerTest, WithAnotherProgramAllTestsRunAgainAndTheCheckpointSaysSo) {
  EXPECT_TRUE(begin(1000, {kNever, kNever, 100}, {part("another", 0, 5)}).empty());
  EXPECT_TRUE(queue_.sent.empty());
  ASSERT_EQ(queue_.checkpoints.size(), 1U);
  EXPECT_TRUE(read(queue_.checkpoints[0]).tests.empty());
  EXPECT_EQ(read(queue_.checkpoints[0]).program, "the program");
}

TEST_F(CheckpointerTest, AnUnreadableCheckpointIsIgnoredAndNotExtended) {
  EXPECT_TRUE(begin(1000, kByCount, {part("the program", 0, 5), "no JSON"}).empty());
  tests(0, 500);
  settle();
  EXPECT_TRUE(queue_.checkpoints.empty());
}

}  // namespace
}  // namespace evalx::worker
