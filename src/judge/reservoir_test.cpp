#include "judge/reservoir.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <thread>
#include <vector>

namespace evalx::judge {
namespace {

using Permit = Reservoir::Permit;

struct Held {
  std::vector<int> order;       ///< Names of the requests that were granted, in order.
  std::vector<Permit> permits;  ///< In the same order.
  std::vector<int> cancelled;
};

Task<> ask(Reservoir& reservoir, Held& held, int name, Demand demand, std::stop_token stop) {
  auto permit = co_await reservoir.acquire(demand, stop);
  if (!permit) {
    EXPECT_EQ(permit.error().code, std::errc::operation_canceled);
    held.cancelled.push_back(name);
    co_return;
  }
  held.order.push_back(name);
  held.permits.push_back(*std::move(permit));
}

class ReservoirTest : public testing::Test {
 protected:
  void start(Reservoir& reservoir, Held& held, int name, Bytes memory = {},
             std::stop_token stop = {}) {
    start_many(reservoir, held, name, {1, memory}, std::move(stop));
  }
  void start_many(Reservoir& reservoir, Held& held, int name, Demand demand,
                  std::stop_token stop = {}) {
    asio::co_spawn(loop_, ask(reservoir, held, name, demand, std::move(stop)), asio::detached);
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
}

TEST_F(ReservoirTest, ServesFiveThousandRequestsInOrder) {
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

TEST_F(ReservoirTest, HoldsSmallRequestsBehindALargeWaitingOne) {
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

TEST_F(ReservoirTest, ForgetsACancelledRequestAndServesThoseAfterIt) {
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

TEST_F(ReservoirTest, RefusesARequestThatIsAlreadyCancelled) {
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

TEST_F(ReservoirTest, GivesAllBoxesOfARequestInOneStep) {
  Reservoir reservoir{3, mebibytes(100)};
  Held held;
  start_many(reservoir, held, 0, {2, mebibytes(30)});
  start_many(reservoir, held, 1, {2, mebibytes(30)});
  settle();
  EXPECT_EQ(held.order, std::vector{0});
  EXPECT_EQ(reservoir.counters().in_use, 2U);
  EXPECT_EQ(reservoir.counters().memory_in_use, mebibytes(30));
  held.permits.clear();
  settle();
  EXPECT_EQ(held.order, (std::vector{0, 1}));
  held.permits.clear();
  EXPECT_EQ(reservoir.counters().in_use, 0U);
  EXPECT_EQ(reservoir.counters().memory_in_use, Bytes{0});
}

TEST_F(ReservoirTest, ServesPairsWithoutADeadlock) {
  constexpr int kPairs = 100;
  Reservoir reservoir{3, mebibytes(1)};
  Held held;
  std::vector<int> expected;
  for (int i = 0; i < kPairs; ++i) {
    start_many(reservoir, held, i, {2, {}});
    expected.push_back(i);
  }
  settle();
  for (int i = 0; i < kPairs && !held.permits.empty(); ++i) {
    EXPECT_EQ(held.permits.size(), 1U) << "no pair is half granted";
    held.permits.clear();
    settle();
  }
  EXPECT_EQ(held.order, expected);
  EXPECT_EQ(reservoir.counters().in_use, 0U);
}

TEST_F(ReservoirTest, HoldsAPairBackUntilBothBoxesAreFreeAndThoseAfterItToo) {
  Reservoir reservoir{2, mebibytes(1)};
  Held held;
  start(reservoir, held, 0);
  start(reservoir, held, 1);
  start_many(reservoir, held, 2, {2, {}});
  start(reservoir, held, 3);
  settle();
  held.permits.pop_back();
  settle();
  EXPECT_EQ(held.order, (std::vector{0, 1})) << "one free box is not enough for the pair";
  held.permits.clear();
  settle();
  EXPECT_EQ(held.order, (std::vector{0, 1, 2}));
  held.permits.clear();
  settle();
  EXPECT_EQ(held.order, (std::vector{0, 1, 2, 3}));
}

TEST_F(ReservoirTest, RefusesMoreBoxesThanItHasPermits) {
  Reservoir reservoir{2, mebibytes(1)};
  std::optional<Error> refusal;
  asio::co_spawn(loop_, reservoir.acquire({3, {}}, {}),
                 [&refusal](std::exception_ptr, Result<Permit> permit) {
                   if (!permit) refusal = std::move(permit.error());
                 });
  settle();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, std::errc::invalid_argument);
  EXPECT_EQ(refusal->what, "3 sandboxes are needed at one time, but only 2 may run here");
  EXPECT_EQ(reservoir.counters().waiting, 0U);
}

TEST(Reservoir, MayBeDestroyedBeforeItsPermitsAndItsWaiters) {
  Held held;
  asio::io_context loop{1};
  {
    Reservoir reservoir{1, mebibytes(1)};
    asio::co_spawn(loop, ask(reservoir, held, 0, {1, {}}, {}), asio::detached);
    asio::co_spawn(loop, ask(reservoir, held, 1, {1, {}}, {}), asio::detached);
    loop.poll();
  }
  EXPECT_EQ(held.order, std::vector{0});
  held.permits.clear();
  loop.restart();
  loop.poll();
  EXPECT_EQ(held.order, (std::vector{0, 1}));
}

TEST(Reservoir, HasNoWaitersAfterTheirLoopIsDestroyed) {
  Reservoir reservoir{1, mebibytes(1)};
  Held held;
  {
    asio::io_context loop{1};
    for (int i = 0; i < 3; ++i) {
      asio::co_spawn(loop, ask(reservoir, held, i, {1, {}}, {}), asio::detached);
    }
    loop.poll();
    EXPECT_EQ(reservoir.counters().waiting, 2U);
  }
  EXPECT_EQ(reservoir.counters().waiting, 0U);
  EXPECT_EQ(reservoir.counters().in_use, 1U);
}

}  // namespace
}  // namespace evalx::judge
