// Event streams while Redis, its network or an earlier release loses events.
#include "queue/redis/fixture_test.hpp"

namespace evalx::queue::redis {
namespace {

class Following : public OnRedis {
 protected:
  Events events(const std::string& token, Place after = {}) {
    return *run(queue_->events(token, std::move(after), 0ms));
  }
  /// The data of a job's tests.
  std::string tests(const std::string& token) {
    std::string all;
    for (const Event& event : events(token).events) {
      if (event.kind == "test") all += event.data;
    }
    return all;
  }
  void report(const Leased& held, const std::string& each) {
    for (const char test : each) queue_->progress(held.id, "test", std::string(1, test));
  }
  void complete(const Leased& held) {
    ASSERT_TRUE(comes_true([&] { return run(queue_->complete(held.id, "result")).has_value(); }));
  }
  std::string field(const std::string& token, const char* name) {
    return server_->run({"HGET", key("job:" + token), name}).text;
  }
};

TEST_F(Following, EventsOfAnOutageArriveAfterItInOrder) {
  queue_ = opened(20s);
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  report(held, "123");
  ASSERT_TRUE(comes_true([&] { return tests(token) == "123"; }));
  server_->stop(SIGTERM);
  ASSERT_TRUE(comes_true([&] { return !queue_->figures().healthy; }));
  report(held, "45678");
  server_->start();
  ASSERT_TRUE(comes_true([&] { return queue_->figures().healthy.load(); }));
  report(held, "9");
  complete(held);
  EXPECT_EQ(tests(token), "123456789");
  EXPECT_TRUE(events(token).is_whole);
}

TEST_F(Following, AnEventWhoseReplyWasLostIsStoredOnce) {
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  report(held, "1");
  ASSERT_TRUE(comes_true([&] { return tests(token) == "1"; }));
  server_->run({"HSET", key("job:" + token), "told", "3"});  // As if it had stored two more.
  report(held, "234");
  complete(held);
  EXPECT_EQ(tests(token), "14");
  EXPECT_TRUE(events(token).is_whole);
}

TEST_F(Following, AStreamThatMissesAnEventIsNotWhole) {
  for (const char* told : {"0", "5"}) {
    const std::string token = accepted("");
    const Leased held = leased(*queue_);
    report(held, "12");
    ASSERT_TRUE(comes_true([&] { return tests(token) == "12"; }));
    server_->run({"HSET", key("job:" + token), "told", told});
    report(held, "3");
    complete(held);
    EXPECT_TRUE(events(token).ended);
    EXPECT_FALSE(events(token).is_whole) << told;
  }
}

TEST_F(Following, ANewAttemptOfAStreamWithAGapBeginsANewLife) {
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  report(held, "1");
  ASSERT_TRUE(comes_true([&] { return tests(token) == "1"; }));
  const Place before{events(token).life, 3};
  server_->run({"HSET", key("job:" + token), "told", "0"});
  ASSERT_TRUE(run(queue_->checkpoint(held.id, "with the first test")));
  ASSERT_TRUE(run(queue_->release(held.id)));
  const Leased again = leased(*queue_);
  EXPECT_FALSE(again.has_events) << "the holder must report the saved tests again";
  EXPECT_EQ(again.checkpoint.size(), 1U);
  EXPECT_FALSE(events(token, before).continues);
  EXPECT_EQ(events(token, before).events.size(), 2U) << "queued, restarted";
  report(again, "1");
  complete(again);
  EXPECT_TRUE(events(token).is_whole);
}

TEST_F(Following, AJobOfAnEarlierReleaseIsFollowedAndIsNotWhole) {
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  report(held, "1");
  ASSERT_TRUE(comes_true([&] { return tests(token) == "1"; }));
  server_->run({"HDEL", key("job:" + token), "life", "whole", "base", "told"});
  const Events all = events(token, {"another", 1});
  EXPECT_FALSE(all.continues);
  EXPECT_EQ(all.events.size(), 3U);
  EXPECT_TRUE(events(token, {all.life, 3}).continues);
  complete(held);
  EXPECT_TRUE(events(token).ended);
  EXPECT_FALSE(events(token).is_whole) << "that release may have lost events";
}

TEST_F(Following, AJobThatAnEarlierReleaseAcceptedBeginsALife) {
  const std::string token = accepted("");
  server_->run({"HDEL", key("job:" + token), "life", "whole", "base"});
  const Leased held = leased(*queue_);
  EXPECT_FALSE(held.has_events);
  report(held, "1");
  complete(held);
  EXPECT_EQ(events(token).events.size(), 4U);
  EXPECT_TRUE(events(token).is_whole);
}

TEST_F(Following, EventsDeletedByHandAreReplacedByThePresentState) {
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  report(held, "1");
  ASSERT_TRUE(comes_true([&] { return tests(token) == "1"; }));
  const std::string life = events(token).life;
  server_->run({"DEL", key("events:" + token)});
  const Events all = events(token, {life, 1});
  EXPECT_FALSE(all.continues);
  ASSERT_EQ(all.events.size(), 1U);
  EXPECT_EQ(all.events[0].kind, "running");
  report(held, "2");
  ASSERT_TRUE(comes_true([&] { return tests(token) == "2"; }));
  EXPECT_TRUE(events(token, {life, all.events[0].seq}).continues);
  complete(held);
  EXPECT_FALSE(events(token).is_whole);
}

}  // namespace
}  // namespace evalx::queue::redis
