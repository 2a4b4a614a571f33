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
