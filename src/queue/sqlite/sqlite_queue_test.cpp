#include "queue/sqlite/sqlite_queue.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <unistd.h>

#include <fstream>

#include "queue/sqlite/database.hpp"
#include "queue/sqlite/fixture_test.hpp"
#include "submission/token.hpp"

namespace evalx::queue::sqlite {
namespace {

class SqliteQueueTest : public testing::Test {
 protected:
  Options options() const {
    Options options;
    options.directory = scratch_.path() / "data";
    options.rules = kBriskRules;
    return options;
  }
  std::filesystem::path database() const { return scratch_.path() / "data" / "queue.db"; }
  std::unique_ptr<Queue> open_queue() { return opened(options(), clock_); }
  static NewJob job(std::string spec) { return {submission::new_token(), std::move(spec), {}}; }

  Scratch scratch_;
  HandClock clock_;
};

TEST_F(SqliteQueueTest, RefusesASecondOwnerAndNamesTheFirst) {
  const auto first = open_queue();
  const auto second = open(options(), clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, std::errc::device_or_resource_busy);
  EXPECT_NE(second.error().what.find("is in use by another evalx (pid " +
                                     std::to_string(::getpid()) + ")"),
            std::string::npos)
      << second.error().what;
}

TEST_F(SqliteQueueTest, AnswersTheWorkerThatEndsAJobBeforeItsFollowers) {
  const auto queue = open_queue();
  NewJob added = job("spec");
  const std::string token = added.token;
  ASSERT_TRUE(run(queue->accept(std::move(added))));
  const auto leased = run(queue->lease(std::chrono::seconds{5}));
  ASSERT_TRUE(leased && *leased);
  asio::io_context loop;
  std::vector<std::string> answered;
  const auto follow = [&]() -> Task<> {
    const auto finished = co_await queue->wait_until_finished(token, std::chrono::seconds{30});
    answered.emplace_back(finished && *finished ? "follower" : "follower, in vain");
  };
  const auto end = [&]() -> Task<> {
    const auto done = co_await queue->complete((*leased)->id, "{}");
    answered.emplace_back(done ? "worker" : done.error().what);
  };
  asio::co_spawn(loop, follow(), asio::detached);
  asio::co_spawn(loop, end(), asio::detached);
  loop.run();
  EXPECT_EQ(answered, (std::vector<std::string>{"worker", "follower"}));
}

TEST_F(SqliteQueueTest, RefusesTheStoreOfANewerEvalx) {
  open_queue().reset();
  SQLite::Database{database().string(), SQLite::OPEN_READWRITE}.exec("PRAGMA user_version=99");
  const auto refused = open(options(), clock_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, std::errc::not_supported);
  EXPECT_NE(refused.error().what.find("written by a newer evalx (schema 99"), std::string::npos)
      << refused.error().what;
}

TEST_F(SqliteQueueTest, RefusesAFileThatIsNoDatabase) {
  std::filesystem::create_directories(database().parent_path());
  std::ofstream{database()} << std::string(8192, 'x');
  const auto refused = open(options(), clock_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code.category(), sqlite_category());
  EXPECT_NE(refused.error().what.find("is damaged"), std::string::npos) << refused.error().what;
}

TEST_F(SqliteQueueTest, RefusesADamagedStoreAfterAnUncleanStop) {
  {
    auto queue = open_queue();
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(run(queue->accept(job(std::string(3000, 'x')))));
  }
  SQLite::Database{database().string(), SQLite::OPEN_READWRITE}.exec("UPDATE owner SET clean = 0");
  {
    std::fstream file{database(), std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(0, std::ios::end);
    const auto pages = file.tellp() / 4096;
    for (auto page = pages / 2; page < pages; page += 7) {
      file.seekp(page * 4096);
      file << std::string(64, '\xee');
    }
  }
  const auto refused = open(options(), clock_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("is damaged"), std::string::npos) << refused.error().what;
}

TEST_F(SqliteQueueTest, AGracefulCloseChargesNoAttemptAndNoDeath) {
  auto queue = open_queue();
  ASSERT_TRUE(run(queue->accept(job(""))));
  for (int round = 0; round < 5; ++round) {
    const auto held = run(queue->lease(5s));
    ASSERT_TRUE(held && *held);
    EXPECT_EQ((*held)->attempt, 1U);
    EXPECT_EQ(run(queue->find((*held)->id.token))->deaths, 0U);
    queue.reset();
    EXPECT_TRUE((*held)->cancelled.stop_requested());
    queue = open_queue();
    EXPECT_EQ(queue->figures().recovered, 0U) << "all leases were given back before";
  }
}

TEST_F(SqliteQueueTest, ClosingAnswersWaitingCalls) {
  auto queue = open_queue();
  const auto job_token = run(queue->accept(job("")))->token;
  ASSERT_TRUE(*run(queue->lease(5s)));
  const Place here{run(queue->events(job_token, {}, 0ms))->life, 2};
  asio::io_context loop{1};
  int refused = 0;
  const auto closing = [&](std::exception_ptr, const auto& answer) {
    EXPECT_EQ(answer.error().code, Errc::Unavailable);
    ++refused;
  };
  asio::co_spawn(loop, queue->lease(1h), closing);
  asio::co_spawn(loop, queue->events(job_token, here, 1h), closing);
  asio::co_spawn(loop, queue->wait_until_finished(job_token, 1h), closing);
  loop.poll();
  queue.reset();
  loop.run();
  EXPECT_EQ(refused, 3);
}

TEST_F(SqliteQueueTest, DeletesOnlyFinishedJobsAfterTheirRetention) {
  auto queue = open_queue();
  const auto open_job = run(queue->accept(job("")))->token;
  for (int i = 0; i < 100; ++i) {
    const auto token = run(queue->accept(job("")))->token;
    ASSERT_TRUE(run(queue->cancel(token, "")));
  }
  const auto last = run(queue->accept(job("")))->token;
  ASSERT_TRUE(run(queue->cancel(last, "")));
  clock_.advance(std::chrono::hours{25});
  bool gone = false;
  for (int tries = 0; tries < 200 && !gone; ++tries) {
    ASSERT_TRUE(run(queue->wait_until_finished(open_job, 50ms)));
    gone = !run(queue->find_state(last));
  }
  EXPECT_TRUE(gone);
  EXPECT_TRUE(run(queue->find(open_job)));
}

TEST_F(SqliteQueueTest, DeletesAnIdempotencyKeyAfterADay) {
  auto queue = open_queue();
  NewJob first = job("");
  first.idempotency = Idempotency{"key", "digest"};
  NewJob second = job("");
  second.idempotency = Idempotency{"key", "other"};
  const auto open_job = run(queue->accept(first))->token;
  clock_.advance(23h);
  EXPECT_EQ(run(queue->accept(second)).error().code, Errc::IdempotencyConflict);
  clock_.advance(2h);
  // The upkeep looks at the date every few seconds, and believes it an hour after the start.
  auto accepted = run(queue->accept(second));
  for (int tries = 0; tries < 200 && !accepted; ++tries) {
    ASSERT_TRUE(run(queue->wait_until_finished(open_job, 50ms)));
    accepted = run(queue->accept(second));
  }
  ASSERT_TRUE(accepted);
  EXPECT_FALSE(accepted->replayed);
}

TEST_F(SqliteQueueTest, AKeyIsNewAgainWhenItsJobWasDeleted) {
  Options short_lived = options();
  short_lived.retention = 1h;
  auto queue = *open(std::move(short_lived), clock_);
  const auto open_job = run(queue->accept(job("")))->token;
  NewJob first = job("");
  first.idempotency = Idempotency{"key", "digest"};
  ASSERT_TRUE(run(queue->accept(first)));
  ASSERT_TRUE(run(queue->cancel(first.token, "")));
  EXPECT_TRUE(run(queue->accept(first))->replayed);
  clock_.advance(2h);
  for (int tries = 0; tries < 200 && run(queue->find_state(first.token)); ++tries) {
    ASSERT_TRUE(run(queue->wait_until_finished(open_job, 50ms)));
  }
  NewJob second = job("");
  second.idempotency = Idempotency{"key", "another body"};
  for (const bool is_replayed : {false, true}) {
    const auto accepted = run(queue->accept(second));
    ASSERT_TRUE(accepted) << accepted.error().what;
    EXPECT_EQ(accepted->replayed, is_replayed);
    EXPECT_EQ(accepted->token, second.token);
  }
  EXPECT_EQ(run(queue->find_state(second.token))->state, State::Queued);
}

TEST_F(SqliteQueueTest, ReportsTheAgeOfTheOldestQueuedJob) {
  auto queue = open_queue();
  EXPECT_EQ(queue->figures().oldest_queued(), 0s);
  ASSERT_TRUE(run(queue->accept(job(""))));
  clock_.advance(90s);
  EXPECT_EQ(queue->figures().oldest_queued(), 90s);
  EXPECT_EQ((*run(queue->lease(5s)))->waited, 90s);
  EXPECT_EQ(queue->figures().oldest_queued(), 0s);
}

TEST_F(SqliteQueueTest, IsUnavailableOnlyWhileAnotherProcessLocksTheStore) {
  auto queue = open_queue();
  SQLite::Database foreign{database().string(), SQLite::OPEN_READWRITE};
  foreign.exec("BEGIN IMMEDIATE");
  const NewJob refused = job("");
  EXPECT_EQ(run(queue->accept(refused)).error().code, Errc::Unavailable);
  EXPECT_FALSE(queue->figures().healthy);
  EXPECT_EQ(run(queue->find(refused.token)).error().code, Errc::NotFound);
  foreign.exec("ROLLBACK");
  EXPECT_TRUE(run(queue->accept(refused)));
  EXPECT_TRUE(queue->figures().healthy);
}

TEST_F(SqliteQueueTest, ABackOffMayEndWithoutAWaitingWorker) {
  auto queue = open_queue();
  const auto token = run(queue->accept(job("")))->token;
  ASSERT_TRUE(run(queue->retry((*run(queue->lease(5s)))->id, "cause", "")));
  clock_.advance(1s);
  EXPECT_FALSE(*run(queue->wait_until_finished(token, 600ms)));  // Longer than the back-off.
  EXPECT_EQ((*run(queue->lease(5s)))->id.token, token);
}

TEST_F(SqliteQueueTest, AWaitingWorkerGetsAJobAsItsBackOffEnds) {
  const SystemClock clock;
  auto queue = opened(options(), clock);
  ASSERT_TRUE(run(queue->accept(job(""))));
  ASSERT_TRUE(run(queue->retry((*run(queue->lease(5s)))->id, "cause", "")));
  const auto start = clock.now();
  ASSERT_TRUE(*run(queue->lease(30s)));
  EXPECT_GE(clock.now() - start, 200ms);
  EXPECT_LT(clock.now() - start, 5s);
}

TEST_F(SqliteQueueTest, ADuplicateTokenIsRefusedWithoutHarmToOthersInItsBatch) {
  auto queue = open_queue();
  const NewJob first = job("first");
  ASSERT_TRUE(run(queue->accept(first)));
  asio::io_context loop{1};
  int accepted = 0;
  const auto count = [&](std::exception_ptr, const auto& answer) { accepted += answer ? 1 : 0; };
  for (int i = 0; i < 10; ++i) asio::co_spawn(loop, queue->accept(job("")), count);
  asio::co_spawn(loop, queue->accept(first), count);
  asio::co_spawn(loop, queue->accept_all({job("a"), first}), count);
  loop.run();
  EXPECT_EQ(accepted, 10);
  EXPECT_TRUE(queue->figures().healthy);
  EXPECT_EQ(queue->figures().queued, 11U);
}

TEST_F(SqliteQueueTest, AJobThatIsNotInMemoryShowsItsPresentState) {
  auto queue = open_queue();
  const auto done = run(queue->accept(job("")))->token;
  const auto waiting = run(queue->accept(job("")))->token;
  ASSERT_TRUE(run(queue->complete((*run(queue->lease(5s)))->id, "")));
  const std::string life = run(queue->events(waiting, {}, 0ms))->life;
  queue.reset();
  queue = open_queue();
  for (const std::uint64_t after : {0, 1, 2, 3}) {
    const auto ended = run(queue->events(done, {life, after}, 1h));
    EXPECT_TRUE(ended->ended);
    EXPECT_FALSE(ended->is_whole) << "only the result is complete";
  }
  const auto open_events = run(queue->events(waiting, {life, 1}, 1h));
  ASSERT_EQ(open_events->events.size(), 1U);
  EXPECT_EQ(open_events->events[0].kind, "queued");
  EXPECT_FALSE(open_events->continues);
  EXPECT_FALSE(open_events->ended);
}

}  // namespace
}  // namespace evalx::queue::sqlite
