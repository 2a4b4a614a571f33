#include "judge/reservoir.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <thread>
#include <vector>

namespace evalx::judge {
namespace {

using Permit = Reservoir::Permit;

struct Held {
  std::vector<int> order;       ///< Who was given a permit, in order.
  std::vector<Permit> permits;  ///< In the same order.
  std::vector<int> cancelled;
};

Task<> ask(Reservoir& reservoir, Held& held, int who, Bytes memory, std::stop_token stop) {
  auto permit = co_await reservoir.acquire(memory, stop);
  if (!permit) {
    EXPECT_EQ(permit.error().code, std::errc::operation_canceled);
    held.cancelled.push_back(who);
    co_return;
  }
  held.order.push_back(who);
  held.permits.push_back(*std::move(permit));
}

class ReservoirTest : public testing::Test {
 protected:
  void start(Reservoir& reservoir, Held& held, int who, Bytes memory = {},
             std::stop_token stop = {}) {
    asio::co_spawn(loop_, ask(reservoir, held, who, memory, std::move(stop)), asio::detached);
  }
  void settle() {
    loop_.restart();
    loop_.poll();
  }

  asio::io_context loop_{1};
};

TEST_F(ReservoirTest, GivesNoMorePermitsThanItHas) {
  Reservoir reservoir{2, mebibytes(1)};
  Held held;
  for (int i = 0; i < 3; ++i) start(reservoir, held, i);
  settle();
  EXPECT_EQ(reservoir.counters().in_use, 2U);
  EXPECT_EQ(reservoir.counters().waiting, 1U);
  held.permits.pop_back();
  settle();
  EXPECT_EQ(held.order, (std::vector{0, 1, 2}));
  held.permits.clear();
  EXPECT_EQ(reservoir.counters().in_use, 0U);
  EXPECT_EQ(reservoir.counters().granted, 3U);
}

TEST_F(ReservoirTest, ServesFiveThousandInTheOrderTheyCame) {
  constexpr int kWaiters = 5000;
  Reservoir reservoir{3, mebibytes(1)};
  Held held;
  std::vector<int> expected;
  for (int i = 0; i < kWaiters; ++i) {
    start(reservoir, held, i);
    expected.push_back(i);
  }
  settle();
  EXPECT_EQ(reservoir.counters().waiting, kWaiters - 3U);
  while (!held.permits.empty()) {
    held.permits.clear();
    settle();
  }
  EXPECT_EQ(held.order, expected);
  EXPECT_EQ(reservoir.counters().waiting, 0U);
}

TEST_F(ReservoirTest, KeepsTheSumOfMemoryWithinTheBudget) {
  Reservoir reservoir{10, mebibytes(100)};
  Held held;
  start(reservoir, held, 0, mebibytes(60));
  start(reservoir, held, 1, mebibytes(60));
  settle();
  EXPECT_EQ(held.order, std::vector{0});
  EXPECT_EQ(reservoir.counters().memory_in_use, mebibytes(60));
  held.permits.clear();
  settle();
  EXPECT_EQ(held.order, (std::vector{0, 1}));
}

TEST_F(ReservoirTest, HoldsSmallRequestsBehindALargeOneThatWaits) {
  Reservoir reservoir{10, mebibytes(100)};
  Held held;
  start(reservoir, held, 0, mebibytes(60));
  start(reservoir, held, 1, mebibytes(60));
  start(reservoir, held, 2, mebibytes(1));
  settle();
  EXPECT_EQ(held.order, std::vector{0});
  held.permits.clear();
  settle();
  EXPECT_EQ(held.order, (std::vector{0, 1, 2}));
}

TEST_F(ReservoirTest, RunsARequestLargerThanTheBudgetAlone) {
  Reservoir reservoir{10, mebibytes(100)};
  Held held;
  start(reservoir, held, 0, mebibytes(1));
  start(reservoir, held, 1, mebibytes(500));
  start(reservoir, held, 2, mebibytes(1));
  settle();
  EXPECT_EQ(held.order, std::vector{0});
  held.permits.clear();
  settle();
  EXPECT_EQ(held.order, (std::vector{0, 1}));
  held.permits.clear();
  settle();
  EXPECT_EQ(held.order, (std::vector{0, 1, 2}));
}

TEST_F(ReservoirTest, ForgetsACancelledWaiterAndServesThoseBehindIt) {
  Reservoir reservoir{10, mebibytes(100)};
  Held held;
  std::stop_source stop;
  start(reservoir, held, 0, mebibytes(60));
  start(reservoir, held, 1, mebibytes(60), stop.get_token());
  start(reservoir, held, 2, mebibytes(40));
  settle();
  std::thread{[&stop] { stop.request_stop(); }}.join();
  settle();
  EXPECT_EQ(held.cancelled, std::vector{1});
  EXPECT_EQ(held.order, (std::vector{0, 2}));
  EXPECT_EQ(reservoir.counters().waiting, 0U);
}

TEST_F(ReservoirTest, RefusesWhoIsCancelledAlready) {
  Reservoir reservoir{1, mebibytes(1)};
  Held held;
  std::stop_source stop;
  stop.request_stop();
  start(reservoir, held, 0, {}, stop.get_token());
  settle();
  EXPECT_EQ(held.cancelled, std::vector{0});
  EXPECT_EQ(reservoir.counters().in_use, 0U);
}

TEST_F(ReservoirTest, MovesAPermitWithoutGivingItBack) {
  Reservoir reservoir{1, mebibytes(1)};
  Held held;
  start(reservoir, held, 0, kibibytes(4));
  settle();
  Permit first = std::move(held.permits.front());
  Permit second;
  second = std::move(first);
  EXPECT_EQ(reservoir.counters().in_use, 1U);
  second = Permit{};
  EXPECT_EQ(reservoir.counters().in_use, 0U);
  EXPECT_EQ(reservoir.counters().memory_in_use, Bytes{0});
}

TEST(Reservoir, MayEndBeforeItsPermitsAndItsWaiters) {
  Held held;
  asio::io_context loop{1};
  {
    Reservoir reservoir{1, mebibytes(1)};
    asio::co_spawn(loop, ask(reservoir, held, 0, {}, {}), asio::detached);
    asio::co_spawn(loop, ask(reservoir, held, 1, {}, {}), asio::detached);
    loop.poll();
  }
  EXPECT_EQ(held.order, std::vector{0});
  held.permits.clear();
  loop.restart();
  loop.poll();
  EXPECT_EQ(held.order, (std::vector{0, 1}));
}

TEST(Reservoir, IsLeftCleanByALoopThatEndsWithItsWaiters) {
  Reservoir reservoir{1, mebibytes(1)};
  Held held;
  {
    asio::io_context loop{1};
    for (int i = 0; i < 3; ++i) {
      asio::co_spawn(loop, ask(reservoir, held, i, {}, {}), asio::detached);
    }
    loop.poll();
    EXPECT_EQ(reservoir.counters().waiting, 2U);
  }
  EXPECT_EQ(reservoir.counters().waiting, 0U);
  EXPECT_EQ(reservoir.counters().in_use, 1U);
}

}  // namespace
}  // namespace evalx::judge
