// Failures of jobs, and jobs in listings.
#include <unistd.h>

#include "queue/redis/fixture_test.hpp"

namespace evalx::queue::redis {
namespace {

class Evidence : public OnRedis {
 protected:
  Listing listed(State state) {
    auto page = run(queue_->list({.state = state, .older_than = {}, .after = {}}));
    EXPECT_TRUE(page) << page.error().what;
    return page ? *std::move(page) : Listing{};
  }
};

/// "HOST:PID:RANDOM"
void expect_this_process(const std::string& worker) {
  EXPECT_NE(worker.find(":" + std::to_string(::getpid()) + ":"), std::string::npos) << worker;
}

TEST_F(Evidence, ADeathNamesTheSessionThatDied) {
  const std::string token = accepted("poison");
  for (unsigned death = 1; death <= 3; ++death) {
    const Leased held = leased(*queue_);
    kill_sessions();
    EXPECT_TRUE(comes_true([&] { return held.cancelled.stop_requested(); }));
    EXPECT_TRUE(comes_true([&] { return run(queue_->find_state(token))->deaths == death; }));
  }
  const auto record = run(queue_->find(token));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->state, State::Dead);
  ASSERT_EQ(record->failures.size(), 3U);
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(record->failures[i].kind, Failure::Kind::WorkerDied);
    EXPECT_EQ(record->failures[i].attempt, i + 1);
    expect_this_process(record->failures[i].worker);
  }
  EXPECT_NE(record->failures[0].worker, record->failures[1].worker)
      << "two sessions of one process";
}

TEST_F(Evidence, AJobThatKilledWorkersStaysInQuarantineWhenItIsRedriven) {
  const std::string token = accepted("poison");
  for (unsigned death = 1; death <= 3; ++death) {
    const Leased held = leased(*queue_);
    kill_sessions();
    EXPECT_TRUE(comes_true([&] { return run(queue_->find_state(token))->deaths == death; }));
    EXPECT_TRUE(comes_true([&] { return held.cancelled.stop_requested(); }));
  }
  // Until then the dead session is the keeper of the quarantine, and other jobs are leased first.
  const auto are_reaped = [&] {
    return server_->run({"ZCOUNT", key("sessions"), "-inf", "1"}).integer == 0;
  };
  ASSERT_TRUE(comes_true(are_reaped));
  ASSERT_TRUE(run(queue_->redrive(token)));
  EXPECT_EQ(run(queue_->find_state(token))->deaths, 2U);
  accepted("innocent");
  EXPECT_EQ(leased(*queue_).id.token, token);
  EXPECT_FALSE(*run(queue_->lease(0ms))) << "not alone";
}

TEST_F(Evidence, AListingNamesTheHolderAndMarksOrphans) {
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  const Listing page = listed(State::Leased);
  ASSERT_EQ(page.jobs.size(), 1U);
  expect_this_process(page.jobs[0].worker);
  EXPECT_FALSE(page.jobs[0].is_orphan);
  queue_.reset();  // The next queue has a longer lease, and so cleans up later.
  queue_ = opened(1h);
  const std::string job = key("job:" + token);
  server_->run({"HSET", job, "state", "1", "lease", "7", "session", "gone:1:2"});
  server_->run({"ZADD", key("leased"), "1", token});
  const Listing later = listed(State::Leased);
  ASSERT_EQ(later.jobs.size(), 1U);
  EXPECT_TRUE(later.jobs[0].is_orphan);
  EXPECT_EQ(later.jobs[0].worker, "gone:1:2");
}

TEST_F(Evidence, TheIndexOfDeadJobsIsBoundedByTheirRetention) {
  const std::string token = accepted("");
  server_->run({"ZADD", key("dead"), "1", "died long ago"});
  server_->run({"DEL", key("spec:" + token)});
  EXPECT_FALSE(*run(queue_->lease(0ms)));
  ASSERT_TRUE(*run(queue_->wait_until_finished(token, 20s)));
  const Listing dead = listed(State::Dead);
  ASSERT_EQ(dead.jobs.size(), 1U);
  EXPECT_EQ(dead.jobs[0].token, token);
  EXPECT_EQ(server_->run({"ZCARD", key("dead")}).integer, 1);
  const Reply left = server_->run({"TTL", key("dead")});
  EXPECT_GT(left.integer, 86'000);
  EXPECT_LE(left.integer, 86'400);
}

TEST_F(Evidence, ALateCompletionOfADeletedJobStoresNothing) {
  queue_.reset();
  queue_ = opened(1h, std::chrono::seconds{1});
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  ASSERT_TRUE(run(queue_->cancel(token, "cancelled")));
  ASSERT_TRUE(comes_true([&] { return !run(queue_->find_state(token)); }));
  EXPECT_EQ(run(queue_->complete(held.id, "late")).error().code, Errc::LeaseLost);
  EXPECT_EQ(run(queue_->retry(held.id, "late", "late")).error().code, Errc::LeaseLost);
  EXPECT_EQ(run(queue_->redrive(token)).error().code, Errc::NotFound);
  queue_->progress(held.id, "test", "{}");
  EXPECT_EQ(run(queue_->find(token)).error().code, Errc::NotFound);
  EXPECT_TRUE(server_->run({"KEYS", "*" + token + "*"}).list.empty());
}

TEST_F(Evidence, AnInvalidJobIsNotListedAndBlocksNothing) {
  const std::string token = accepted("");
  server_->run({"SET", key("job:text"), "no hash"});
  for (const char* member : {"text", "nothing"}) {
    server_->run({"ZADD", key("waiting"), "1", member});
  }
  server_->run({"HSET", key("job:" + token), "failures", "x", "failure0", "not what we write"});
  const Listing waiting = listed(State::Queued);
  ASSERT_EQ(waiting.jobs.size(), 1U);
  EXPECT_EQ(waiting.jobs[0].token, token);
  EXPECT_EQ(run(queue_->find("text")).error().code, Errc::NotFound);
  EXPECT_TRUE(run(queue_->find(token))->failures.empty());
}

}  // namespace
}  // namespace evalx::queue::redis
