// Expired jobs as they are stored, and as several processes end them.
#include "queue/redis/fixture_test.hpp"

namespace evalx::queue::redis {
namespace {

class Expiry : public OnRedis {
 protected:
  std::vector<std::string> hurried(std::size_t count, Milliseconds patience) {
    std::vector<NewJob> jobs;
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i < count; ++i) {
      jobs.push_back({submission::new_token(), "", std::nullopt, patience});
      tokens.push_back(jobs.back().token);
    }
    EXPECT_TRUE(run(queue_->accept_all(std::move(jobs))));
    return tokens;
  }
  std::string hurried(Milliseconds patience = 100ms) { return hurried(1, patience).front(); }
  bool has_expired(const std::string& token) {
    const auto record = run(queue_->find_state(token));
    return record && record->state == State::Expired;
  }
  std::string field(const std::string& token, const std::string& name) {
    return server_->run({"HGET", key("job:" + token), name}).text;
  }
  long long size(const std::string& index) { return server_->run({"ZCARD", key(index)}).integer; }
};

TEST_F(Expiry, AnEarlierReleaseReadsItAsCancelledAndNotAsWaiting) {
  const std::string token = hurried();
  EXPECT_EQ(size("expires"), 1);
  ASSERT_TRUE(comes_true([&] { return has_expired(token); }));
  EXPECT_EQ(field(token, "state"), "3");
  for (const char* index : {"expires", "waiting", "resting", "leased", "dead"}) {
    EXPECT_EQ(size(index), 0) << index;
  }
  EXPECT_EQ(size("expired"), 1);
  EXPECT_GT(server_->run({"TTL", key("job:" + token)}).integer, 0);
  EXPECT_GT(server_->run({"TTL", key("result:" + token)}).integer, 0);
}

TEST_F(Expiry, ARunningJobIsNotInTheIndexOfDeadlines) {
  hurried(1h);
  const Leased held = leased(*queue_);
  EXPECT_EQ(size("expires"), 0);
  ASSERT_TRUE(run(queue_->release(held.id)));
  EXPECT_EQ(size("expires"), 1);
  ASSERT_TRUE(run(queue_->complete(leased(*queue_).id, "")));
  EXPECT_EQ(size("expires"), 0);
}

TEST_F(Expiry, AnOverdueJobOfADeadWorkerIsNotLeasedAgain) {
  const std::string token = hurried();
  const Leased held = leased(*queue_);
  EXPECT_EQ(held.id.token, token);
  kill_sessions();
  ASSERT_TRUE(comes_true([&] { return has_expired(token); }));
  EXPECT_TRUE(comes_true([&] { return held.cancelled.stop_requested(); }));
  EXPECT_EQ(run(queue_->complete(held.id, "late")).error().code, Errc::LeaseLost);
  const auto record = run(queue_->find(token));
  EXPECT_EQ(record->deaths, 1U);
  ASSERT_EQ(record->failures.size(), 1U);
  EXPECT_EQ(record->failures[0].kind, Failure::Kind::WorkerDied);
  EXPECT_EQ(record->result, R"({"cause":"expired"})");
}

TEST_F(Expiry, HundredsOfOverdueJobsEndTogether) {
  const auto tokens = hurried(700, 100ms);
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(comes_true([&] { return queue_->figures().expired == tokens.size(); }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  for (const std::string& token : tokens) EXPECT_TRUE(has_expired(token));
  EXPECT_EQ(size("waiting"), 0);
}

TEST_F(Expiry, SeveralProcessesEndEachOverdueJobOnce) {
  const auto other = opened();
  const auto third = opened();
  const auto tokens = hurried(100, 300ms);
  for (const std::string& token : tokens) {
    ASSERT_TRUE(comes_true([&] { return has_expired(token); }));
  }
  const auto counted = [&] {
    return queue_->figures().expired + other->figures().expired + third->figures().expired;
  };
  EXPECT_TRUE(comes_true([&] { return counted() == tokens.size(); }));
}

TEST_F(Expiry, AnotherProcessEndsTheOverdueJobsOfAKilledOne) {
  const std::string token = hurried(1h);
  // The state after reap.lua has given the job to a process that is killed before it ends the job.
  server_->run({"HSET", key("job:" + token), "not_after", "1"});
  const Reply now = server_->run({"TIME"});
  server_->run(
      {"ZADD", key("expires"), std::to_string(std::stoll(now.at(0).text) + 2) + "000000", token});
  EXPECT_TRUE(comes_true([&] { return has_expired(token); }));
}

TEST_F(Expiry, ALostIndexIsRebuilt) {
  const std::string token = hurried(1500ms);
  server_->run({"DEL", key("expires")});
  EXPECT_TRUE(comes_true([&] { return has_expired(token); }));
}

TEST_F(Expiry, AWrongIndexEndsNoJob) {
  const std::string waits = accepted("");
  const std::string later = hurried(1h);
  for (const std::string& token : {waits, later, std::string{"no such"}}) {
    server_->run({"ZADD", key("expires"), "1", token});
  }
  const auto is_mended = [&] {
    const Reply score = server_->run({"ZSCORE", key("expires"), later});
    return size("expires") == 1 && score.text.size() > 10;
  };
  EXPECT_TRUE(comes_true(is_mended));
  EXPECT_EQ(leased(*queue_).id.token, waits);
  EXPECT_EQ(leased(*queue_).id.token, later);
  EXPECT_EQ(queue_->figures().expired, 0U);
}

TEST_F(Expiry, AnInvalidDeadlineNeverComes) {
  for (const char* text : {"soon", "-1", "0x10", "0", "99999999999999999", ""}) {
    const std::string token = hurried(1h);
    server_->run({"HSET", key("job:" + token), "not_after", text});
    EXPECT_EQ(leased(*queue_).id.token, token) << text;
  }
}

TEST_F(Expiry, AClaimThatFindsAnOverdueJobEndsIt) {
  const std::string token = hurried(1h);
  server_->run({"HSET", key("job:" + token), "not_after", "1"});
  server_->run({"DEL", key("expires")});
  EXPECT_FALSE(*run(queue_->lease(0ms)));
  EXPECT_TRUE(comes_true([&] { return has_expired(token); }));
  EXPECT_EQ(run(queue_->find_state(token))->attempt, 0U);
}

TEST_F(Expiry, IsDeletedCompletelyAndALateCompletionStoresNothing) {
  queue_ = opened(kLease, 1s);
  const std::string token = hurried();
  const Leased held = leased(*queue_);
  EXPECT_TRUE(comes_true([&] { return run(queue_->release(held.id)).has_value(); }));
  ASSERT_TRUE(comes_true([&] { return has_expired(token) || !run(queue_->find(token)); }));
  ASSERT_TRUE(comes_true([&] { return !run(queue_->find_state(token)); }));
  EXPECT_EQ(run(queue_->complete(held.id, "late")).error().code, Errc::LeaseLost);
  EXPECT_EQ(run(queue_->redrive(token)).error().code, Errc::NotFound);
  for (const char* kind : {"job:", "spec:", "result:", "events:"}) {
    EXPECT_EQ(server_->run({"EXISTS", key(kind + token)}).integer, 0) << kind;
  }
  EXPECT_EQ(size("waiting") + size("expires"), 0);
}

}  // namespace
}  // namespace evalx::queue::redis
