#include "base/wakeup.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <thread>

namespace evalx {
namespace {

class WakeupTest : public testing::Test {
 protected:
  void begin_wait() {
    asio::co_spawn(loop_, wakeup_.wait(stop_.get_token()),
                   [this](std::exception_ptr) { ++ended_; });
  }

  asio::io_context loop_{1};
  std::stop_source stop_;
  Wakeup wakeup_{loop_.get_executor()};
  int ended_ = 0;
};

TEST_F(WakeupTest, ResumesAllWaitingCoroutines) {
  begin_wait();
  begin_wait();
  loop_.poll();
  EXPECT_EQ(ended_, 0);
  wakeup_.set();
  loop_.run();
  EXPECT_EQ(ended_, 2);
}

TEST_F(WakeupTest, LetsALaterWaitReturnAtOnce) {
  wakeup_.set();
  begin_wait();
  loop_.run();
  EXPECT_EQ(ended_, 1);
}

TEST_F(WakeupTest, EndsAWaitAtAStopWithoutBeingSet) {
  begin_wait();
  std::jthread stopping{[this] { stop_.request_stop(); }};
  loop_.run();
  EXPECT_EQ(ended_, 1);
  EXPECT_FALSE(wakeup_.is_set());
}

}  // namespace
}  // namespace evalx
