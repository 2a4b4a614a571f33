#include "queue/sqlite/streams.hpp"

#include <gtest/gtest.h>

namespace evalx::queue::sqlite {
namespace {

using namespace std::chrono_literals;
constexpr Clock::Instant kBegin{1h};

struct Heard {
  std::vector<std::string> kinds;
  Place place;
  bool continues = true;
  bool ended = false;
  bool is_whole = false;
  int times = 0;
};

Streams::Waiter waiter(Heard& heard, Place after, Streams::Until until = Streams::Until::NextEvent,
                       std::uint64_t id = 1) {
  return {id, std::move(after), until, [&heard](const Result<Events>& answer) {
            ++heard.times;
            heard.continues = answer->continues;
            heard.ended = answer->ended;
            heard.is_whole = answer->is_whole;
            heard.place.life = answer->life;
            for (const Event& event : answer->events) {
              heard.kinds.push_back(event.kind);
              heard.place.seq = event.seq;
            }
          }};
}

Heard heard_by(Streams& streams, const std::string& token, Place after = {}) {
  Heard heard;
  streams.follow(token, waiter(heard, std::move(after)));
  return heard;
}

using Kinds = std::vector<std::string>;

TEST(Streams, AJobsFirstEventIsQueuedWithNumberOne) {
  Streams streams{{}};
  streams.begin_run("a", kBegin, 1, kBegin);
  const Heard heard = heard_by(streams, "a");
  EXPECT_EQ(heard.kinds, (Kinds{"queued", "running"}));
  EXPECT_EQ(heard.place.seq, 2U);
}

TEST(Streams, AWaiterGetsTheNextEventOnce) {
  Streams streams{{}};
  streams.begin_run("a", kBegin, 1, kBegin);
  Heard heard;
  streams.follow("a", waiter(heard, heard_by(streams, "a").place));
  EXPECT_EQ(heard.times, 0);
  streams.append("a", "test", "{}", kBegin);
  streams.append("a", "test", "{}", kBegin);
  EXPECT_EQ(heard.kinds, (Kinds{"test"}));
  EXPECT_TRUE(heard.continues);
  EXPECT_EQ(streams.waiters(), 0U);
}

TEST(Streams, AWaiterForTheEndIsNotWokenByProgress) {
  Streams streams{{}};
  streams.begin_run("a", kBegin, 1, kBegin);
  Heard heard;
  streams.follow("a", waiter(heard, {}, Streams::Until::End));
  streams.append("a", "test", "{}", kBegin);
  EXPECT_EQ(heard.times, 0);
  streams.finish("a", "{}", kBegin);
  EXPECT_TRUE(heard.ended);
}

TEST(Streams, NoEventFollowsTheEnd) {
  Streams streams{{}};
  streams.begin_run("a", kBegin, 1, kBegin);
  streams.finish("a", "{}", kBegin);
  streams.append("a", "test", "{}", kBegin);
  const Heard heard = heard_by(streams, "a");
  EXPECT_TRUE(heard.ended);
  EXPECT_TRUE(heard.is_whole);
  EXPECT_EQ(heard.kinds, (Kinds{"queued", "running", "finished"}));
}

TEST(Streams, ARestoredRunIsANewLifeThatIsNotWhole) {
  Streams streams{{}};
  streams.restore_running("a", 2, kBegin);
  streams.finish("a", "{}", kBegin);
  const Heard heard = heard_by(streams, "a", {"an earlier one", 1});
  EXPECT_EQ(heard.kinds, (Kinds{"running", "finished"}));
  EXPECT_FALSE(heard.continues);
  EXPECT_FALSE(heard.is_whole);
}

TEST(Streams, ANewAttemptIsWholeAgainInANewLife) {
  Streams streams{{}};
  streams.begin_run("a", kBegin, 1, kBegin);
  EXPECT_TRUE(streams.shows_a_run("a"));
  streams.note_gap("a");
  EXPECT_FALSE(streams.shows_a_run("a"));
  const Place before = heard_by(streams, "a").place;
  streams.begin_run("a", kBegin, 2, kBegin);
  streams.finish("a", "{}", kBegin);
  const Heard heard = heard_by(streams, "a", before);
  EXPECT_EQ(heard.kinds, (Kinds{"queued", "restarted", "finished"}));
  EXPECT_FALSE(heard.continues);
  EXPECT_TRUE(heard.is_whole);
}

TEST(Streams, AnAttemptOfAWholeStreamContinuesIt) {
  Streams streams{{}};
  streams.begin_run("a", kBegin, 1, kBegin);
  const Place before = heard_by(streams, "a").place;
  streams.begin_run("a", kBegin, 2, kBegin);
  const Heard heard = heard_by(streams, "a", before);
  EXPECT_EQ(heard.kinds, (Kinds{"restarted"}));
  EXPECT_TRUE(heard.continues);
}

TEST(Streams, PollingAQueuedJobKeepsNoMemoryAndTheSameLife) {
  Streams streams{{}};
  streams.restore_queued("a", kBegin, kBegin);
  const Place queued = heard_by(streams, "a").place;
  Heard heard;
  streams.follow("a", waiter(heard, queued));
  EXPECT_TRUE(streams.leave("a", 1));
  EXPECT_FALSE(streams.leave("a", 1));
  EXPECT_FALSE(streams.knows("a"));
  EXPECT_EQ(streams.size().count, 0U);
  streams.begin_run("a", kBegin, 1, kBegin + 1s);
  EXPECT_TRUE(heard_by(streams, "a", queued).continues);
  Streams later{{}};  // After a restart.
  later.restore_queued("a", kBegin, kBegin);
  EXPECT_FALSE(heard_by(later, "a", queued).continues);
}

TEST(Streams, DropsTheOldestEventsOfAJobWithTooMany) {
  Streams streams{{.total = kibibytes(64), .per_job = kibibytes(4)}};
  streams.begin_run("a", kBegin, 1, kBegin);
  const Place first = heard_by(streams, "a").place;
  for (int i = 0; i < 100; ++i) streams.append("a", "test", std::string(100, 'x'), kBegin);
  EXPECT_LE(streams.size(), kibibytes(4));
  const Heard heard = heard_by(streams, "a", first);
  EXPECT_FALSE(heard.continues) << "the next event is no longer stored";
  EXPECT_FALSE(heard.kinds.empty());
  EXPECT_NE(heard.kinds.front(), "queued");
  streams.append("a", "test", "{}", kBegin);
  EXPECT_TRUE(heard_by(streams, "a", heard.place).continues);
  streams.finish("a", "{}", kBegin);
  EXPECT_FALSE(heard_by(streams, "a").is_whole);
}

TEST(Streams, StaysUnderItsTotalByDroppingTheOldestJobs) {
  Streams streams{{.total = kibibytes(16), .per_job = kibibytes(4)}};
  for (int i = 0; i < 100; ++i) {
    streams.begin_run(std::to_string(i), kBegin, 1, kBegin);
    streams.finish(std::to_string(i), std::string(1000, 'x'), kBegin);
    ASSERT_LE(streams.size(), kibibytes(16));
  }
  EXPECT_FALSE(streams.knows("0"));
  EXPECT_TRUE(streams.knows("99"));
}

TEST(Streams, DropsOnlyStreamsThatEndedLongAgo) {
  Streams streams{{.kept_after_end = 10s}};
  for (const char* token : {"open", "old", "new"}) streams.begin_run(token, kBegin, 1, kBegin);
  streams.finish("old", "{}", kBegin);
  streams.finish("new", "{}", kBegin + 5s);
  streams.finish("unknown", "{}", kBegin);
  streams.forget(kBegin + 10s);
  EXPECT_TRUE(streams.knows("open"));
  EXPECT_FALSE(streams.knows("old"));
  EXPECT_TRUE(streams.knows("new"));
  EXPECT_FALSE(streams.knows("unknown"));
}

}  // namespace
}  // namespace evalx::queue::sqlite
