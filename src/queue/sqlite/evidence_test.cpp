// Failures of jobs, and how long the store keeps them.
#include "queue/sqlite/fixture_test.hpp"

namespace evalx::queue::sqlite {
namespace {

class Evidence : public OnDisk {
 protected:
  std::string accepted() {
    const auto token = run(queue_->accept({submission::new_token(), "", {}}))->token;
    return token;
  }
  std::string dead() {
    const std::string token = accepted();
    for (int i = 0; i < 3; ++i) {
      const auto held = *run(queue_->lease(5s));
      EXPECT_TRUE(run(queue_->retry(held->id, "cause", "final")));
      clock_.advance(std::chrono::minutes{5});
    }
    return token;
  }
  Listing listed(State state) {
    return *run(queue_->list({.state = state, .older_than = {}, .after = {}}));
  }
};

TEST_F(Evidence, AStoreOfAnEarlierEvalxGetsTheMissingTables) {
  const std::string token = dead();
  by_hand("DROP TABLE failure; DROP INDEX job_dead");
  ASSERT_EQ(listed(State::Dead).jobs.size(), 1U);
  EXPECT_FALSE(listed(State::Dead).jobs[0].last_failure);
  EXPECT_TRUE(run(queue_->find(token))->failures.empty());
  EXPECT_EQ(run(queue_->find(dead()))->failures.size(), 3U);
}

TEST_F(Evidence, ADateThatJumpsAheadDeletesNothing) {
  const NewJob keyed{submission::new_token(), "", Idempotency{"key", "digest"}};
  ASSERT_TRUE(run(queue_->accept(keyed)));
  ASSERT_TRUE(run(queue_->complete((*run(queue_->lease(5s)))->id, "result")));
  const std::string open = accepted();
  clock_.advance(1h);
  EXPECT_FALSE(*run(queue_->wait_until_finished(open, 1500ms)));  // The date is believed.
  clock_.jump(48h);
  EXPECT_FALSE(*run(queue_->wait_until_finished(open, 2500ms)));  // At least two sweeps.
  NewJob again = keyed;
  again.token = submission::new_token();
  const auto replay = run(queue_->accept(again));
  ASSERT_TRUE(replay);
  EXPECT_TRUE(replay->replayed) << "the key is known as well";
  clock_.jump(-48h);
  EXPECT_EQ(run(queue_->find(keyed.token))->result, "result");
  EXPECT_TRUE(is_swept(keyed.token, open));
}

TEST_F(Evidence, ADateThatIsAheadAtTheStartDeletesNothing) {
  const NewJob keyed{submission::new_token(), "", Idempotency{"key", "digest"}};
  ASSERT_TRUE(run(queue_->accept(keyed)));
  ASSERT_TRUE(run(queue_->complete((*run(queue_->lease(5s)))->id, "result")));
  const std::string open = accepted();
  clock_.jump(48h);
  reopen();
  EXPECT_FALSE(*run(queue_->wait_until_finished(open, 2500ms)));  // At least two sweeps.
  NewJob again = keyed;
  again.token = submission::new_token();
  EXPECT_TRUE(run(queue_->accept(again))->replayed) << "the key is known as well";
  clock_.jump(-48h);
  EXPECT_EQ(run(queue_->find(keyed.token))->result, "result");
}

TEST_F(Evidence, AResultThatIsStoredWhileTheDateIsBackIsKept) {
  const std::string token = accepted();
  const auto held = *run(queue_->lease(5s));
  clock_.jump(-48h);
  ASSERT_TRUE(run(queue_->complete(held->id, "result")));
  clock_.jump(48h);
  clock_.advance(2h);
  const std::string open = accepted();
  EXPECT_FALSE(*run(queue_->wait_until_finished(open, 2500ms)));
  EXPECT_EQ(run(queue_->find(token))->result, "result");
}

TEST_F(Evidence, AMinuteDeletesABoundedNumberOfResults) {
  const std::string open = accepted();
  by_hand(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
      "INSERT INTO job (token, state, attempt, deaths, lease, accepted_at_us, finished_at_us) "
      "SELECT 't' || i, 2, 1, 0, 0, 1, i FROM n");
  clock_.advance(1h);  // The date is believed.
  const auto finished = [&] { return number("SELECT count(*) FROM job WHERE state = 2"); };
  for (const int left : {1500, 500, 0}) {
    for (int tries = 0; tries < 200 && finished() > left; ++tries) {
      EXPECT_TRUE(run(queue_->wait_until_finished(open, 50ms)));
    }
    EXPECT_EQ(finished(), left);
    clock_.advance(1min);
  }
}

TEST_F(Evidence, DeathsOfAWorkerAge) {
  const std::string token = accepted();
  const auto dies_again = [&](std::chrono::hours later) {
    clock_.advance(later);
    by_hand(
        "UPDATE job SET state = 1, attempt = attempt + 1, lease = 7; UPDATE owner SET clean = 0");
    return run(queue_->find_state(token))->state;
  };
  for (int death = 1; death <= 6; ++death) {
    EXPECT_EQ(dies_again(37h), State::Queued) << death << ": two in 72 hours";
  }
  EXPECT_EQ(dies_again(20h), State::Dead) << "three";
  EXPECT_EQ(run(queue_->find_state(token))->deaths, 7U);
}

TEST_F(Evidence, FailuresThatAnEarlierEvalxLeftAreDeleted) {
  dead();
  by_hand("DELETE FROM job");
  EXPECT_EQ(count("failure"), 0);
}

TEST_F(Evidence, FailuresAreDeletedWithTheirJob) {
  const std::string token = dead();
  const std::string open = accepted();
  const auto held = *run(queue_->lease(5s));
  ASSERT_TRUE(run(queue_->retry(held->id, "cause", "final")));
  EXPECT_EQ(count("failure"), 4);
  EXPECT_TRUE(is_swept(token, open));
  EXPECT_EQ(count("failure"), 1);
  EXPECT_EQ(run(queue_->find(open))->failures.size(), 1U);
}

TEST_F(Evidence, ARedrivenJobOutlivesTheRetentionOfItsFirstEnd) {
  const std::string token = dead();
  ASSERT_TRUE(run(queue_->redrive(token)));
  clock_.advance(std::chrono::hours{25});
  const std::string swept = accepted();
  ASSERT_TRUE(run(queue_->cancel(swept, "")));
  EXPECT_TRUE(is_swept(swept, token));
  EXPECT_EQ(run(queue_->find_state(token))->state, State::Queued);
}

TEST_F(Evidence, ALateCompletionOfADeletedJobStoresNothing) {
  const std::string token = accepted();
  const auto held = *run(queue_->lease(5s));
  const std::string open = accepted();
  ASSERT_TRUE(run(queue_->cancel(token, "cancelled")));
  ASSERT_TRUE(is_swept(token, open));
  EXPECT_FALSE(run(queue_->complete(held->id, "late")));
  EXPECT_FALSE(run(queue_->retry(held->id, "late", "late")));
  EXPECT_EQ(run(queue_->redrive(token)).error().code, Errc::NotFound);
  EXPECT_EQ(run(queue_->find(token)).error().code, Errc::NotFound);
  for (const char* table : {"job", "spec"}) EXPECT_EQ(count(table), 1) << table;
  for (const char* table : {"result", "failure"}) EXPECT_EQ(count(table), 0) << table;
}

TEST_F(Evidence, AListingOfManyJobsIsMadeInSteps) {
  constexpr int kJobs = 12'000;
  for (int i = 0; i < kJobs; i += 1000) {
    std::vector<NewJob> jobs;
    for (int k = 0; k < 1000; ++k) jobs.push_back({submission::new_token(), "", {}});
    ASSERT_TRUE(run(queue_->accept_all(std::move(jobs))));
  }
  const auto held = *run(queue_->lease(5s));
  const auto first = listed(State::Leased);
  ASSERT_EQ(first.jobs.size(), 1U);
  EXPECT_EQ(first.jobs[0].token, held->id.token);
  ASSERT_NE(first.next, "") << "the first page looked at all jobs";
  const auto second =
      *run(queue_->list({.state = State::Leased, .older_than = {}, .after = first.next}));
  EXPECT_TRUE(second.jobs.empty());
  EXPECT_EQ(second.next, "");
}

}  // namespace
}  // namespace evalx::queue::sqlite
