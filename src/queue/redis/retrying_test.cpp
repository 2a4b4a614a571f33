// Retries in Redis: a worker on which a job has not failed gets it at once; the one that failed
// leaves the job to others until a second after the back-off, if there are any.
#include <set>

#include "queue/redis/fixture_test.hpp"

namespace evalx::queue::redis {
namespace {

class Retrying : public OnRedis {
 protected:
  static constexpr Microseconds kLeft = 1s;

  Microseconds number_at(const std::vector<std::string>& command) {
    return Microseconds{std::stoll(server_->run(command).text)};
  }
  Microseconds now() {
    const Reply time = server_->run({"TIME"});
    return Microseconds{std::stoll(time.at(0).text) * 1'000'000 + std::stoll(time.at(1).text)};
  }
  Microseconds rests_until(const std::string& token) {
    return number_at({"HGET", key("job:" + token), "not_before"});
  }
  Microseconds leased_at(const std::string& token) {
    return number_at({"ZSCORE", key("leased"), token});
  }

  std::string failed(const std::string& spec) {
    std::string token = accepted(spec);
    const Leased held = leased(*queue_);
    EXPECT_EQ(held.id.token, token);
    EXPECT_EQ(run(queue_->retry(held.id, "a fault", "")).value_or(State::Dead), State::Queued);
    return token;
  }
  /// Repeats lease() until `time` is over; returns the first job.
  std::optional<Leased> asked_until(Queue& queue, Microseconds time) {
    std::optional<Leased> got;
    EXPECT_TRUE(comes_true([&] {
      const bool is_last = now() >= time;
      got = *run(queue.lease(0ms));
      return got || is_last;
    }));
    return got;
  }
  /// A live worker that never asks for a job.
  void add_busy_worker() { set_busy_worker(now() + 10s); }
  void set_busy_worker(Microseconds lives_until) {
    server_->run({"ZADD", key("sessions"), std::to_string(lives_until.count()), "busy:1:1"});
  }
};

TEST_F(Retrying, AnotherSessionGetsTheJob) {
  const auto other = opened();
  EXPECT_FALSE(*run(other->lease(0ms)));  // Makes it a worker.
  for (int job = 0; job < 3; ++job) {
    const std::string token = failed("");
    EXPECT_FALSE(asked_until(*queue_, rests_until(token)));
    const auto got = run(other->lease(0ms));
    ASSERT_TRUE(got && *got);
    EXPECT_EQ((*got)->attempt, 2U);
    EXPECT_TRUE(run(other->complete((*got)->id, "")));
  }
}

TEST_F(Retrying, AFreeWorkerOnWhichItHasNotFailedGetsItAtOnce) {
  const auto second = opened(kLease, std::chrono::hours{24}, Rules{});
  const auto third = opened(kLease, std::chrono::hours{24}, Rules{});
  for (const auto* worker : {&second, &third}) EXPECT_FALSE(*run((*worker)->lease(0ms)));
  const std::string token = accepted("");
  Queue* const workers[] = {second.get(), third.get(), queue_.get()};
  const Microseconds begin = now();
  for (unsigned attempt = 1; attempt <= 3; ++attempt) {
    Queue& free = *workers[attempt - 1];
    const auto got = run(free.lease(2s));
    ASSERT_TRUE(got && *got) << attempt;
    EXPECT_EQ((*got)->attempt, attempt);
    if (attempt == 3) break;
    ASSERT_TRUE(run(free.retry((*got)->id, "a fault", "")));
    EXPECT_GT(rests_until(token), now() + 3s);
    EXPECT_FALSE(*run(free.lease(0ms))) << "it failed there";
  }
  EXPECT_LT(now() - begin, 5s);
}

TEST_F(Retrying, AWorkerOnWhichItFailedEarlierWaitsAsWell) {
  const auto other = opened(kLease, std::chrono::hours{24}, Rules{});
  EXPECT_FALSE(*run(other->lease(0ms)));
  failed("");
  const auto got = run(other->lease(2s));
  ASSERT_TRUE(got && *got);
  ASSERT_TRUE(run(other->retry((*got)->id, "a fault", "")));
  EXPECT_FALSE(*run(queue_->lease(0ms)));
  EXPECT_FALSE(*run(other->lease(0ms)));
}

TEST_F(Retrying, ASingleWorkerIsNotDelayed) {
  const std::string token = failed("");
  const auto got = asked_until(*queue_, rests_until(token));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->attempt, 2U);
}

TEST_F(Retrying, BusyWorkersDelayItByASecond) {
  add_busy_worker();
  const std::string token = failed("");
  const Microseconds end = rests_until(token) + kLeft;
  ASSERT_TRUE(asked_until(*queue_, end));
  EXPECT_GE(leased_at(token), end);
}

TEST_F(Retrying, DeadWorkersDoNotDelayIt) {
  add_busy_worker();
  const std::string token = failed("");
  const Microseconds due = rests_until(token);
  EXPECT_FALSE(asked_until(*queue_, due));
  set_busy_worker(Microseconds{1});
  EXPECT_TRUE(asked_until(*queue_, due));
}

TEST_F(Retrying, ManyRetriesDelayNoOtherJob) {
  add_busy_worker();
  constexpr std::size_t kMany = 80;  // More than claim.lua reads at one time.
  std::vector<Leased> held;
  std::set<std::string> tokens, again;
  for (std::size_t i = 0; i < kMany; ++i) tokens.insert(accepted(""));
  for (std::size_t i = 0; i < kMany; ++i) held.push_back(leased(*queue_));
  for (const Leased& job : held) ASSERT_TRUE(run(queue_->retry(job.id, "", "")));
  for (std::size_t i = 0; i < kMany; ++i) again.insert(leased(*queue_).id.token);
  EXPECT_EQ(again, tokens);
  EXPECT_EQ(server_->run({"ZCARD", key("resting")}).integer, 0);
}

TEST_F(Retrying, AReleasedJobMayGoToAnySession) {
  const auto other = opened();
  EXPECT_FALSE(*run(other->lease(0ms)));
  const std::string token = failed("");
  const Leased held = leased(*other);
  ASSERT_TRUE(run(other->release(held.id)));
  EXPECT_TRUE(*run(queue_->lease(0ms))) << "the worker that released it had no failure";
}

TEST_F(Retrying, AJobInQuarantineGoesToAnotherSession) {
  const auto other = opened();
  EXPECT_FALSE(*run(other->lease(0ms)));
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  server_->run({"HSET", key("job:" + token), "attempt", "2", "deaths", "1"});
  ASSERT_TRUE(run(queue_->retry(held.id, "a fault", "")));
  EXPECT_FALSE(asked_until(*queue_, rests_until(token)));
  const auto got = run(other->lease(0ms));
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->attempt, 3U);
  EXPECT_EQ(server_->run({"GET", key("keeper")}).text,
            server_->run({"HGET", key("job:" + token), "session"}).text);
}

}  // namespace
}  // namespace evalx::queue::redis
