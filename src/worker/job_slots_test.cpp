#include "worker/job_slots.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

namespace evalx::worker {
namespace {

class JobSlotsTest : public testing::Test {
 protected:
  /// Takes a slot in a coroutine of its own.
  void take() {
    asio::co_spawn(loop_, slots_.take(),
                   [this](std::exception_ptr, bool has_slot) { ++(has_slot ? taken_ : refused_); });
    settle();
  }
  void settle() {
    loop_.restart();
    loop_.poll();
  }

  asio::io_context loop_{1};
  std::stop_source stop_;
  JobSlots slots_{loop_.get_executor(), 2, stop_.get_token()};
  int taken_ = 0;
  int refused_ = 0;
};

TEST_F(JobSlotsTest, ASlotIsTakenOnceUntilItIsGivenBack) {
  for (int i = 0; i < 4; ++i) take();
  EXPECT_EQ(taken_, 2);
  slots_.give_back();
  settle();
  EXPECT_EQ(taken_, 3);
  slots_.give_back();
  slots_.give_back();
  settle();
  EXPECT_EQ(taken_, 4);
}

TEST_F(JobSlotsTest, AStopEndsAllWaitingWithoutASlot) {
  for (int i = 0; i < 4; ++i) take();
  stop_.request_stop();
  settle();
  EXPECT_EQ(refused_, 2);
  slots_.give_back();
  take();
  EXPECT_EQ(taken_, 2);
  EXPECT_EQ(refused_, 3);
}

}  // namespace
}  // namespace evalx::worker
