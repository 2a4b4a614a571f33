#include "base/timer.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <thread>

namespace evalx {
namespace {

using namespace std::chrono_literals;

class WaitTest : public testing::Test {
 protected:
  void begin_wait(Timer::time_point expiry) {
    timer_ = std::make_shared<Timer>(loop_.get_executor(), expiry);
    asio::co_spawn(loop_, wait_on(timer_, stop_.get_token()), asio::detached);
  }

  asio::io_context loop_{1};
  std::stop_source stop_;
  std::shared_ptr<Timer> timer_;
};

// run() returns when the loop has no work left: after the wait.
TEST_F(WaitTest, EndsWhenTheTimerExpires) {
  begin_wait(Timer::clock_type::now() + 1ms);
  loop_.run();
  EXPECT_LE(timer_->expiry(), Timer::clock_type::now());
}

TEST_F(WaitTest, EndsAtAStopFromAnotherThread) {
  begin_wait(kNeverExpires);
  std::jthread stopping{[this] { stop_.request_stop(); }};
  loop_.run();
}

TEST_F(WaitTest, EndsAtOnceIfTheStopWasRequestedBefore) {
  stop_.request_stop();
  begin_wait(kNeverExpires);
  loop_.run();
}

}  // namespace
}  // namespace evalx
