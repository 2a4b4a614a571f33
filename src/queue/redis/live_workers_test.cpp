// Workers of one Redis: each is listed with its announcement, while it lives.
#include <algorithm>

#include "queue/redis/fixture_test.hpp"

namespace evalx::queue::redis {
namespace {

class Workers : public OnRedis {
 protected:
  /// A queue that has asked for jobs.
  std::unique_ptr<Queue> worker(const std::string& announcement) {
    auto queue = opened();
    queue->announce(announcement);
    EXPECT_FALSE(*run(queue->lease(0ms)));
    return queue;
  }
  std::vector<LiveWorker> listed() {
    auto fleet = run(queue_->workers());
    EXPECT_TRUE(fleet) << fleet.error().what;
    return fleet ? std::move(fleet->workers) : std::vector<LiveWorker>{};
  }
  std::vector<std::string> announcements() {
    std::vector<std::string> texts;
    for (const LiveWorker& worker : listed()) texts.push_back(worker.announcement);
    std::sort(texts.begin(), texts.end());
    return texts;
  }
  bool come_to_tell(const std::vector<std::string>& texts) {
    return comes_true([&] { return announcements() == texts; });
  }
  /// The announcement of the only worker.
  std::string announced() { return key("announced:" + listed().at(0).session); }
  /// Leaves a session behind, like a worker that dies just after a renewal.
  void leave_behind(const std::string& session, Milliseconds lives) {
    const Reply now = server_->run({"TIME"});
    const auto ends = now.at(0).number().value() * 1'000'000 + now.at(1).number().value() +
                      static_cast<std::uint64_t>(lives.count()) * 1'000;
    server_->run({"ZADD", key("sessions"), std::to_string(ends), session});
  }
};

TEST_F(Workers, EachIsListedUntilItEnds) {
  EXPECT_TRUE(listed().empty()) << "a process that only submits is no worker";
  auto one = worker("one");
  const auto two = worker("two");
  EXPECT_TRUE(come_to_tell({"one", "two"}));
  one.reset();
  EXPECT_EQ(announcements(), std::vector<std::string>{"two"});
  EXPECT_EQ(server_->run({"KEYS", key("announced:*")}).list.size(), 1U);
}

TEST_F(Workers, AListingNamesTheSameSession) {
  const auto one = worker("one");
  accepted("");
  leased(*one);
  const auto page = run(queue_->list({.state = State::Leased, .older_than = {}, .after = {}}));
  ASSERT_EQ(page->jobs.size(), 1U);
  ASSERT_EQ(listed().size(), 1U);
  EXPECT_EQ(listed()[0].session, page->jobs[0].worker);
  EXPECT_EQ(listed()[0].jobs, 1U);
}

TEST_F(Workers, AKilledWorkerIsListedUntilItsLeaseEnds) {
  leave_behind("host:1:1", kLease);
  EXPECT_EQ(listed().size(), 1U);
  EXPECT_TRUE(comes_true([&] { return listed().empty(); }));
  // Sessions are not reaped for one lease after a start; then even its name is deleted.
  EXPECT_TRUE(comes_true([&] { return server_->run({"ZCARD", key("sessions")}).integer == 0; }));
}

TEST_F(Workers, TheAnnouncementOfADeadWorkerIsDeleted) {
  const auto one = worker("one");
  ASSERT_TRUE(come_to_tell({"one"}));
  const std::int64_t left = server_->run({"PTTL", announced()}).integer;
  EXPECT_GT(left, kLease.count() / 2);
  EXPECT_LE(left, 2 * kLease.count());
}

TEST_F(Workers, RenewalsKeepTheAnnouncement) {
  const auto one = worker("one");
  ASSERT_TRUE(come_to_tell({"one"}));
  server_->run({"PEXPIRE", announced(), std::to_string(kLease.count())});
  EXPECT_TRUE(comes_true([&] {
    return server_->run({"PTTL", announced()}).integer > kLease.count();
  }));
}

TEST_F(Workers, ADeletedAnnouncementIsSentAgain) {
  const auto one = worker("one");
  ASSERT_TRUE(come_to_tell({"one"}));
  server_->run({"DEL", announced()});
  EXPECT_TRUE(come_to_tell({"one"}));
}

TEST_F(Workers, TheNextSessionAnnouncesAgain) {
  const auto one = worker("one");
  ASSERT_TRUE(come_to_tell({"one"}));
  const std::string before = listed().at(0).session;
  kill_sessions();
  ASSERT_TRUE(comes_true([&] {
    const auto workers = listed();
    return workers.size() == 1 && workers[0].session != before;
  }));
  EXPECT_TRUE(come_to_tell({"one"}));
}

TEST_F(Workers, TheyAnnounceAgainAfterALossOfAllData) {
  const auto one = worker("one");
  ASSERT_TRUE(come_to_tell({"one"}));
  server_->run({"FLUSHALL"});
  EXPECT_TRUE(come_to_tell({"one"}));
}

TEST_F(Workers, AWorkerWithoutAValidAnnouncementIsListed) {
  for (const char* session : {"silent", "wrong", "long", "undated"}) leave_behind(session, 1h);
  server_->run({"SET", key("announced:wrong"), "no hash"});
  const std::string too_long(kAnnouncementBytesMax + 1, 'x');
  server_->run({"HSET", key("announced:long"), "text", too_long, "since", "1"});
  server_->run({"HSET", key("announced:undated"), "text", "text", "since", "yesterday"});
  const auto workers = listed();
  ASSERT_EQ(workers.size(), 4U);
  for (const LiveWorker& worker : workers) {
    SCOPED_TRACE(worker.session);
    EXPECT_EQ(worker.announcement, worker.session == "undated" ? "text" : "");
    EXPECT_EQ(worker.since.has_value(), worker.session == "long");
    EXPECT_EQ(worker.jobs, 0U);
  }
}

TEST_F(Workers, WithoutRedisTheListIsUnavailable) {
  server_->stop(SIGKILL);
  ASSERT_TRUE(comes_true([&] { return !queue_->figures().healthy; }));
  EXPECT_EQ(run(queue_->workers()).error().code, Errc::Unavailable);
}

}  // namespace
}  // namespace evalx::queue::redis
