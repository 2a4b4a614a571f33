#include "queue/loop_thread.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace evalx::queue {
namespace {

using namespace std::chrono_literals;

struct HandStepper final : Stepper {
  [[nodiscard]] Clock::Instant now() const override { return present; }
  void add(LoopThread& thread) override { threads.push_back(&thread); }
  void remove(LoopThread& thread) override { std::erase(threads, &thread); }

  Clock::Instant present{-30s};
  std::vector<LoopThread*> threads;
};

TEST(LoopThread, AStepperDecidesWhatRunsAndWhatTimeItIs) {
  HandStepper stepper;
  LoopThread thread{&stepper};
  thread.start("stepped");
  EXPECT_TRUE(thread.is_running());
  ASSERT_EQ(stepper.threads, std::vector{&thread});

  std::string done;
  thread.after(1s, [&] { done += "deadline;"; });
  thread.post([&] { done += "first;"; });
  thread.post([&] { done += "second;"; });
  EXPECT_TRUE(thread.step());
  EXPECT_EQ(done, "first;");
  EXPECT_TRUE(thread.step());
  EXPECT_FALSE(thread.step());
  EXPECT_EQ(thread.next_deadline(), stepper.present + 1s);
  stepper.present += 1s;
  EXPECT_TRUE(thread.step());
  EXPECT_EQ(done, "first;second;deadline;");
  EXPECT_FALSE(thread.step());

  thread.post([&] { thread.stop(); });
  thread.join();
  EXPECT_FALSE(thread.is_running());
  EXPECT_TRUE(stepper.threads.empty());
}

}  // namespace
}  // namespace evalx::queue
