#include "service/loop.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace evalx::service {
namespace {

constexpr Milliseconds kLong{60'000};

Task<int> forty_two() {
  co_return 42;
}

TEST(Loop, RunsAgainAfterItHasStopped) {
  asio::io_context loop{1};
  EXPECT_EQ(run_to_end(loop, forty_two()), 42);
  EXPECT_EQ(run_to_end(loop, forty_two()), 42);
}

TEST(Loop, LeavesOtherWorkForLater) {
  asio::io_context loop{1};
  bool is_done = false;
  EXPECT_EQ(run_to_end(loop, forty_two()), 42);
  asio::post(loop, [] {});
  asio::post(loop, [&is_done] { is_done = true; });
  EXPECT_FALSE(is_done);
  loop.restart();
  loop.run();
  EXPECT_TRUE(is_done);
}

TEST(Loop, AnswersAnotherLoopOnItsOwnThread) {
  asio::io_context theirs{1};
  const auto keep = asio::make_work_guard(theirs);
  std::jthread thread{[&theirs] { theirs.run(); }};
  const auto id_of_their_thread = thread.get_id();
  asio::io_context ours{1};
  const auto answer =
      run_to_end(ours, ask(
                           theirs, [] { return std::this_thread::get_id(); }, kLong));
  EXPECT_EQ(answer, id_of_their_thread);
  theirs.stop();
}

TEST(Loop, GivesNoAnswerWhenTheOtherLoopIsTooSlow) {
  asio::io_context theirs{1};  // Runs only after the patience has ended.
  asio::io_context ours{1};
  bool was_asked = false;
  const auto question = [&was_asked] { return was_asked = true; };
  EXPECT_EQ(run_to_end(ours, ask(theirs, question, Milliseconds{0})), std::nullopt);
  theirs.run();
  EXPECT_TRUE(was_asked);
  ours.restart();
  ours.run();  // The late answer is dropped.
}

TEST(Loop, ServesOthersWhileItWaitsForAnAnswer) {
  asio::io_context theirs{1};
  asio::io_context ours{1};
  std::optional<int> answer;
  asio::co_spawn(ours,
                 ask(
                     theirs, [] { return 1; }, kLong),
                 [&answer](std::exception_ptr, std::optional<int> value) { answer = value; });
  EXPECT_EQ(run_to_end(ours, forty_two()), 42);
  EXPECT_FALSE(answer);
  theirs.run();
  ours.run();
  EXPECT_EQ(answer, 1);
}

TEST(Loop, MayBeDestroyedWhileItWaitsForAnAnswer) {
  asio::io_context theirs{1};
  {
    asio::io_context ours{1};
    asio::co_spawn(ours,
                   ask(
                       theirs, [] { return 1; }, kLong),
                   [](std::exception_ptr, std::optional<int>) { ADD_FAILURE(); });
    ours.poll();
  }
}

}  // namespace
}  // namespace evalx::service
