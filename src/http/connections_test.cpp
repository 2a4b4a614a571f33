#include "http/connections.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace evalx::http {
namespace {

using std::chrono::seconds;

class HandClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return Instant{elapsed}; }
  [[nodiscard]] WallInstant wall_now() const override {
    return WallInstant{seconds{784111777} + elapsed};
  }
  seconds elapsed{1000};
};

/// A connection without a peer: the table only needs an open socket.
struct Connection {
  Connection(Connections& table, asio::io_context& loop)
      : socket{loop.get_executor(), asio::ip::tcp::v4()}, entry{table, socket} {}
  Socket socket;
  ConnectionEntry entry;
};

class ConnectionsTest : public testing::Test {
 protected:
  std::unique_ptr<Connection> connect() { return std::make_unique<Connection>(table, loop); }
  void pass(seconds time) {
    clock.elapsed += time;
    table.sweep();
  }

  asio::io_context loop{1};
  HandClock clock;
  SessionLimits limits;
  std::atomic<std::size_t> open = 0;
  Connections table{clock, limits, open};
};

TEST_F(ConnectionsTest, ClosesAConnectionWithinOneSweepAfterItsDeadline) {
  const auto late = connect();
  const auto patient = connect();
  late->entry.enter(Phase::Header, seconds{10});
  patient->entry.enter(Phase::Working, ConnectionEntry::kNoDeadline);
  pass(seconds{10});
  EXPECT_TRUE(late->socket.is_open());
  pass(seconds{1});
  EXPECT_FALSE(late->socket.is_open());
  pass(seconds{100000});
  EXPECT_TRUE(patient->socket.is_open());
}

TEST_F(ConnectionsTest, CountsAnExtensionFromTheStartOfThePhase) {
  const auto slow = connect();
  slow->entry.enter(Phase::Working, seconds{10});
  pass(seconds{9});
  slow->entry.extend(seconds{12});
  pass(seconds{3});
  EXPECT_TRUE(slow->socket.is_open());
  pass(seconds{1});
  EXPECT_FALSE(slow->socket.is_open());
}

TEST_F(ConnectionsTest, AllowsABodyMoreTimeForMoreBytes) {
  EXPECT_EQ(limits.time_for(Bytes{0}), seconds{30});
  EXPECT_EQ(limits.time_for(mebibytes(16)), seconds{30 + 256});
}

TEST_F(ConnectionsTest, EvictsTheOneNearestItsDeadlineButNoneWithARequest) {
  const auto idle = connect();
  const auto waiting = connect();
  const auto working = connect();
  idle->entry.enter(Phase::Idle, seconds{75});
  waiting->entry.enter(Phase::Header, seconds{10});
  working->entry.enter(Phase::Working, seconds{1});
  EXPECT_TRUE(table.evict_one());
  EXPECT_FALSE(waiting->socket.is_open());
  EXPECT_TRUE(table.evict_one());
  EXPECT_FALSE(idle->socket.is_open());
  EXPECT_FALSE(table.evict_one());
  EXPECT_TRUE(working->socket.is_open());
}

TEST_F(ConnectionsTest, CallsBackWhenTheLastOneHasEndedAfterADrain) {
  auto idle = connect();
  auto working = connect();
  working->entry.enter(Phase::Working, ConnectionEntry::kNoDeadline);
  int calls = 0;
  table.drain([&calls] { ++calls; });
  EXPECT_FALSE(idle->socket.is_open());
  EXPECT_TRUE(working->socket.is_open());
  idle.reset();
  EXPECT_EQ(calls, 0);
  working.reset();
  EXPECT_EQ(calls, 1);
}

TEST_F(ConnectionsTest, GivesRequestsThatStillArriveTwoSecondsAfterADrain) {
  const auto head = connect();
  const auto body = connect();
  const auto working = connect();
  head->entry.enter(Phase::Header, seconds{10});
  body->entry.enter(Phase::Body, seconds{30});
  working->entry.enter(Phase::Working, seconds{30});
  table.drain([] {});
  pass(seconds{1});
  body->entry.extend(seconds{300});
  EXPECT_TRUE(head->socket.is_open());
  EXPECT_TRUE(body->socket.is_open());
  pass(seconds{1});
  EXPECT_FALSE(head->socket.is_open());
  EXPECT_FALSE(body->socket.is_open());
  EXPECT_TRUE(working->socket.is_open());
}

TEST_F(ConnectionsTest, ServesARequestThatBecomesWholeInTimeDuringADrain) {
  const auto body = connect();
  body->entry.enter(Phase::Body, seconds{30});
  table.drain([] {});
  pass(seconds{1});
  body->entry.enter(Phase::Working, ConnectionEntry::kNoDeadline);
  pass(seconds{100});
  EXPECT_TRUE(body->socket.is_open());
}

TEST_F(ConnectionsTest, DoesNotEvictAConnectionWhoseBodyArrives) {
  const auto body = connect();
  body->entry.enter(Phase::Body, seconds{30});
  EXPECT_FALSE(table.can_evict());
  EXPECT_FALSE(table.evict_one());
  EXPECT_TRUE(body->socket.is_open());
}

TEST_F(ConnectionsTest, ReturnsTheMemoryOfABodyWhenItsConnectionEnds) {
  limits.bodies_per_thread = Bytes{100};
  auto first = connect();
  const auto second = connect();
  EXPECT_TRUE(first->entry.take_body(60));
  EXPECT_FALSE(second->entry.take_body(41));
  EXPECT_TRUE(second->entry.take_body(40));
  first.reset();
  EXPECT_TRUE(second->entry.take_body(60));
}

TEST_F(ConnectionsTest, CountsTheConnectionsOfAllThreads) {
  Connections other{clock, limits, open};
  const auto here = connect();
  {
    const Connection there{other, loop};
    EXPECT_EQ(open, 2U);
  }
  EXPECT_EQ(open, 1U);
}

TEST_F(ConnectionsTest, WritesTheDateAsRfc9110Does) {
  clock.elapsed = seconds{0};
  table.sweep();
  EXPECT_EQ(table.date(), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace evalx::http
