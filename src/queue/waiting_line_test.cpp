#include "queue/waiting_line.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "queue/run_test.hpp"

namespace evalx::queue {
namespace {

class WaitingLineTest : public testing::Test {
 protected:
  WaitingLineTest() { thread_.start("line"); }
  ~WaitingLineTest() override {
    thread_.post([this] { thread_.stop(); });
    thread_.join();
  }

  /// Enters the line and waits for its answer.
  WaitingLine::Answer enter(Milliseconds patience) {
    return run(suspend<std::optional<Leased>>(
        [&](LeaseCall call) { line_->enter(line_, patience, std::move(call)); }));
  }
  static Leased job(const std::string& token) {
    Leased leased;
    leased.id.token = token;
    return leased;
  }

  LoopThread thread_;
  std::atomic<bool> is_open_{true};
  std::function<void(WaitingLine::Id, Milliseconds)> entered_ = [](auto, auto) {};
  std::function<void()> last_chance_ = [] {};
  std::shared_ptr<WaitingLine> line_ = std::make_shared<WaitingLine>(
      thread_, WaitingLine::Hooks{.is_open = [this] { return is_open_.load(); },
                                  .entered = [this](auto id, auto time) { entered_(id, time); },
                                  .last_chance = [this] { last_chance_(); },
                                  .give_back = [](const LeaseId&) {}});
};

TEST_F(WaitingLineTest, GivesAJobToTheFirstCall) {
  entered_ = [this](auto, auto) { EXPECT_TRUE(line_->deliver(job("a"))); };
  const auto answer = enter(10s);
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->id.token, "a");
}

TEST_F(WaitingLineTest, AnswersNothingWhenThePatienceIsOver) {
  const auto answer = enter(1ms);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer);
}

TEST_F(WaitingLineTest, AJobThatComesAtTheLastMomentIsDelivered) {
  last_chance_ = [this] { EXPECT_TRUE(line_->deliver(job("late"))); };
  const auto answer = enter(1ms);
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->id.token, "late");
}

TEST_F(WaitingLineTest, ACallWithoutPatienceIsAnsweredByTheStore) {
  entered_ = [this](WaitingLine::Id id, Milliseconds patience) {
    EXPECT_EQ(patience, 0ms);
    EXPECT_EQ(line_->size(), 1U);
    line_->leave(id, std::optional<Leased>{});
  };
  const auto answer = enter(0ms);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer);
}

TEST_F(WaitingLineTest, IsUnavailableWhileItIsClosed) {
  is_open_ = false;
  EXPECT_EQ(enter(10s).error().code, Errc::Unavailable);
}

TEST_F(WaitingLineTest, ClosingAnswersAllCalls) {
  entered_ = [this](auto, auto) { line_->close(unavailable("closing")); };
  EXPECT_EQ(enter(10s).error().code, Errc::Unavailable);
}

TEST(WaitingLine, OnlyACallInTheLineCanBeLimited) {
  LoopThread thread;
  WaitingLine line{thread, {}};
  EXPECT_DEATH(line.limit(1, 10s), "waiters_");
}

}  // namespace
}  // namespace evalx::queue
