#include "webhook/allotment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <vector>

namespace evalx::webhook {
namespace {

class AllotmentTest : public testing::Test {
 protected:
  /// Takes `amount` when there is room, notes it, and keeps it in `parts_`.
  void ask(std::uint64_t amount, std::stop_token stop = {}) {
    asio::co_spawn(loop_, taken(amount, std::move(stop)), asio::detached);
    run();
  }
  void run() {
    loop_.restart();
    loop_.poll();
  }
  Task<> taken(std::uint64_t amount, std::stop_token stop) {
    auto part = co_await allotment_.take(amount, std::move(stop));
    if (part) {
      granted_.push_back(amount);
      parts_.push_back(*std::move(part));
    } else {
      ++stopped_;
    }
  }

  asio::io_context loop_{1};
  Allotment allotment_{loop_.get_executor(), 10};
  std::vector<std::uint64_t> granted_;
  std::vector<Allotment::Part> parts_;
  int stopped_ = 0;
};

TEST_F(AllotmentTest, GivesWhatIsFree) {
  ask(6);
  ask(4);
  ask(1);
  EXPECT_THAT(granted_, testing::ElementsAre(6, 4));
  EXPECT_EQ(allotment_.taken(), 10U);
  parts_.pop_back();
  run();
  EXPECT_THAT(granted_, testing::ElementsAre(6, 4, 1));
}

TEST_F(AllotmentTest, ServesInTurn) {
  ask(8);
  ask(5);
  ask(1);  // It would have room, but the large one came first.
  EXPECT_THAT(granted_, testing::ElementsAre(8));
  EXPECT_FALSE(allotment_.try_take(1));
  parts_.clear();
  run();
  EXPECT_THAT(granted_, testing::ElementsAre(8, 5, 1));
}

TEST_F(AllotmentTest, GivesMoreThanThereIsToOneAlone) {
  ask(1);
  ask(25);
  ask(2);
  EXPECT_THAT(granted_, testing::ElementsAre(1));
  parts_.clear();
  run();
  EXPECT_THAT(granted_, testing::ElementsAre(1, 25));
  parts_.clear();
  run();
  EXPECT_THAT(granted_, testing::ElementsAre(1, 25, 2));
}

TEST_F(AllotmentTest, AStoppedCallerLeavesItsPlace) {
  std::stop_source stop;
  ask(8);
  ask(5, stop.get_token());
  ask(2);
  stop.request_stop();
  run();
  EXPECT_EQ(stopped_, 1);
  EXPECT_THAT(granted_, testing::ElementsAre(8, 2));
  EXPECT_EQ(allotment_.taken(), 10U);
}

TEST_F(AllotmentTest, ReturnsAReplacedPart) {
  ask(6);
  auto other = allotment_.try_take(4);
  ASSERT_TRUE(other);
  parts_.front() = *std::move(other);
  other.reset();
  EXPECT_EQ(allotment_.taken(), 4U);
}

}  // namespace
}  // namespace evalx::webhook
