#include "queue/sqlite/streams.hpp"

#include <gtest/gtest.h>

namespace evalx::queue::sqlite {
namespace {

using namespace std::chrono_literals;
constexpr Clock::Instant kBegin{1h};

struct Heard {
  std::vector<std::string> kinds;
  std::uint64_t last_seq = 0;
  bool ended = false;
  int times = 0;
};

Streams::Waiter waiter(Heard& heard, std::uint64_t after_seq,
                       Streams::Until until = Streams::Until::NextEvent, std::uint64_t id = 1) {
  return {id, after_seq, until, [&heard](const Result<Events>& answer) {
            ++heard.times;
            heard.ended = answer->ended;
            for (const Event& event : answer->events) {
              heard.kinds.push_back(event.kind);
              heard.last_seq = event.seq;
            }
          }};
}

TEST(Streams, AJobsFirstEventIsQueuedWithNumberOne) {
  Streams streams{{}};
  streams.append("a", "running", "{}", kBegin);
  Heard heard;
  streams.follow("a", waiter(heard, 0));
  EXPECT_EQ(heard.kinds, (std::vector<std::string>{"queued", "running"}));
}

TEST(Streams, AWaiterGetsTheNextEventOnce) {
  Streams streams{{}};
  streams.append("a", "running", "{}", kBegin);
  Heard heard;
  streams.follow("a", waiter(heard, 2));
  EXPECT_EQ(heard.times, 0);
  streams.append("a", "test", "{}", kBegin);
  streams.append("a", "test", "{}", kBegin);
  EXPECT_EQ(heard.kinds, (std::vector<std::string>{"test"}));
  EXPECT_EQ(streams.waiters(), 0U);
}

TEST(Streams, AWaiterForTheEndIsNotWokenByProgress) {
  Streams streams{{}};
  streams.append("a", "running", "{}", kBegin);
  Heard heard;
  streams.follow("a", waiter(heard, 0, Streams::Until::End));
  streams.append("a", "test", "{}", kBegin);
  EXPECT_EQ(heard.times, 0);
  streams.finish("a", "{}", kBegin);
  EXPECT_TRUE(heard.ended);
}

TEST(Streams, NoEventFollowsTheEnd) {
  Streams streams{{}};
  streams.finish("a", "{}", kBegin);
  streams.append("a", "test", "{}", kBegin);
  Heard heard;
  streams.follow("a", waiter(heard, 2));
  EXPECT_TRUE(heard.ended);
  EXPECT_TRUE(heard.kinds.empty());
}

TEST(Streams, ASeqFromBeforeARestartGetsTheWholeNewStream) {
  Streams streams{{}};
  streams.restore("a", "running", "{}", kBegin);
  Heard heard;
  streams.follow("a", waiter(heard, 9));
  EXPECT_EQ(heard.kinds, (std::vector<std::string>{"running"}));
}

TEST(Streams, ARestoredEndReachesEveryClientThatDoesNotHaveIt) {
  Streams streams{{}};
  streams.restore("a", "finished", "{}", kBegin);
  Heard first;
  for (const std::uint64_t after : {0, 1, 2, 9}) {
    Heard heard;
    streams.follow("a", waiter(heard, after));
    EXPECT_EQ(heard.kinds, (std::vector<std::string>{"finished"})) << after;
    EXPECT_TRUE(heard.ended);
    first = heard;
  }
  Streams later{{}};  // After another restart.
  later.restore("a", "finished", "{}", kBegin);
  for (Streams* restored : {&streams, &later}) {
    Heard heard;
    restored->follow("a", waiter(heard, first.last_seq));
    EXPECT_TRUE(heard.kinds.empty());
    EXPECT_TRUE(heard.ended);
  }
}

TEST(Streams, ARestoredRunIsNewsForAClientThatSawOnlyQueued) {
  Streams streams{{}};
  streams.restore("a", "running", "{}", kBegin);
  Heard heard;
  streams.follow("a", waiter(heard, 1));
  EXPECT_EQ(heard.kinds, (std::vector<std::string>{"running"}));
}

TEST(Streams, PollingAQueuedJobKeepsNoMemory) {
  Streams streams{{}};
  streams.restore("a", "queued", "{}", kBegin);
  Heard heard;
  streams.follow("a", waiter(heard, 1));
  EXPECT_TRUE(streams.leave("a", 1));
  EXPECT_FALSE(streams.leave("a", 1));
  EXPECT_FALSE(streams.knows("a"));
  EXPECT_EQ(streams.size().count, 0U);
}

TEST(Streams, DropsTheOldestEventsOfAJobWithTooMany) {
  Streams streams{{.total = kibibytes(64), .per_job = kibibytes(4)}};
  for (int i = 0; i < 100; ++i) streams.append("a", "test", std::string(100, 'x'), kBegin);
  EXPECT_LE(streams.size(), kibibytes(4));
  Heard heard;
  streams.follow("a", waiter(heard, 0));
  EXPECT_FALSE(heard.kinds.empty());
  EXPECT_NE(heard.kinds.front(), "queued");
}

TEST(Streams, StaysUnderItsTotalByDroppingTheOldestJobs) {
  Streams streams{{.total = kibibytes(16), .per_job = kibibytes(4)}};
  for (int i = 0; i < 100; ++i) {
    streams.finish(std::to_string(i), std::string(1000, 'x'), kBegin);
    ASSERT_LE(streams.size(), kibibytes(16));
  }
  EXPECT_FALSE(streams.knows("0"));
  EXPECT_TRUE(streams.knows("99"));
}

TEST(Streams, DropsOnlyStreamsThatEndedLongAgo) {
  Streams streams{{.kept_after_end = 10s}};
  streams.append("open", "running", "{}", kBegin);
  streams.finish("old", "{}", kBegin);
  streams.finish("new", "{}", kBegin + 5s);
  streams.forget(kBegin + 10s);
  EXPECT_TRUE(streams.knows("open"));
  EXPECT_FALSE(streams.knows("old"));
  EXPECT_TRUE(streams.knows("new"));
}

}  // namespace
}  // namespace evalx::queue::sqlite
