// Expired jobs as they are stored.
#include "queue/sqlite/fixture_test.hpp"

namespace evalx::queue::sqlite {
namespace {

class Expiry : public OnDisk {
 protected:
  std::string hurried(Milliseconds patience = 100ms) {
    return run(queue_->accept({submission::new_token(), "", std::nullopt, patience}))->token;
  }
  std::string expired() {
    const std::string token = hurried();
    clock_.advance(150ms);
    EXPECT_TRUE(*run(queue_->wait_until_finished(token, 10s)));
    EXPECT_EQ(run(queue_->find_state(token))->state, State::Expired);
    return token;
  }
};

/// The monotonic clock begins anew, near 0: deadlines from before are negative, or just 0.
TEST_F(Expiry, WaitingJobsExpireAfterAReboot) {
  for (const Milliseconds since_start : {5'000ms, 0ms, 1ms}) {
    const std::string overdue = hurried(1h);
    const std::string just_overdue = hurried(2h);
    const std::string in_time = hurried(3h);
    queue_.reset();
    const HandClock rebooted{Clock::Instant{since_start}, clock_.wall_now() + 2h + since_start};
    Options options;
    options.directory = scratch_.path();
    queue_ = opened(std::move(options), rebooted);
    EXPECT_GE(queue_->figures().oldest_queued(), 2h) << "it waited before the reboot";
    for (const std::string& token : {overdue, just_overdue}) {
      EXPECT_TRUE(*run(queue_->wait_until_finished(token, 10s)));
      EXPECT_EQ(run(queue_->find_state(token))->state, State::Expired);
    }
    const auto held = *run(queue_->lease(0ms));
    ASSERT_TRUE(held);
    EXPECT_EQ(held->id.token, in_time);
    ASSERT_TRUE(run(queue_->complete(held->id, "")));
    reopen();
  }
}

TEST_F(Expiry, AnEarlierReleaseReadsItAsCancelled) {
  expired();
  EXPECT_EQ(number("SELECT state FROM job"), static_cast<int>(State::Cancelled));
  EXPECT_EQ(number("SELECT count(*) FROM job WHERE finished_at_us IS NOT NULL"), 1);
}

TEST_F(Expiry, AStoreOfAnEarlierReleaseGetsTheMissingTable) {
  const std::string token = hurried();
  by_hand("DROP TABLE expiry");
  clock_.advance(1h);
  EXPECT_EQ(run(queue_->find_state(token))->state, State::Queued) << "its deadline is not stored";
  expired();
}

TEST_F(Expiry, ADeadlineOfADeletedJobIsNotUsedForAnotherJob) {
  const std::string token = hurried();
  by_hand("DELETE FROM job; DELETE FROM spec");
  EXPECT_EQ(number("SELECT count(*) FROM expiry"), 0);
  const std::string other =
      run(queue_->accept({submission::new_token(), "", std::nullopt, std::nullopt}))->token;
  clock_.advance(1h);
  EXPECT_EQ((*run(queue_->lease(0ms)))->id.token, other);
}

TEST_F(Expiry, IsDeletedCompletelyAndALateCompletionStoresNothing) {
  const std::string token = hurried();
  const auto held = *run(queue_->lease(5s));
  clock_.advance(150ms);
  ASSERT_TRUE(run(queue_->release(held->id)));
  ASSERT_TRUE(*run(queue_->wait_until_finished(token, 10s)));
  const std::string open =
      run(queue_->accept({submission::new_token(), "", std::nullopt, 48h}))->token;
  ASSERT_TRUE(is_swept(token, open));
  EXPECT_EQ(run(queue_->complete(held->id, "late")).error().code, Errc::LeaseLost);
  EXPECT_EQ(run(queue_->redrive(token)).error().code, Errc::NotFound);
  EXPECT_EQ(number("SELECT count(*) FROM result"), 0);
  for (const char* table : {"job", "spec", "expiry"}) {
    EXPECT_EQ(number(std::string("SELECT count(*) FROM ") + table), 1)
        << table << ": that of the open job";
  }
}

TEST_F(Expiry, JobsThatExpiredWithoutAnOwnerEndAtTheNextStart) {
  const std::string token = hurried();
  queue_.reset();
  clock_.advance(1h);
  reopen();
  EXPECT_TRUE(*run(queue_->wait_until_finished(token, 10s)));
  EXPECT_EQ(run(queue_->find_state(token))->state, State::Expired);
  EXPECT_EQ(queue_->figures().expired, 1U);
  reopen();
  EXPECT_EQ(run(queue_->find_state(token))->state, State::Expired);
}

TEST_F(Expiry, ThousandsOfOverdueJobsEndTogether) {
  std::vector<NewJob> jobs;
  for (int i = 0; i < 2000; ++i) jobs.push_back({submission::new_token(), "", std::nullopt, 100ms});
  const std::string last = jobs.back().token;
  ASSERT_TRUE(run(queue_->accept_all(std::move(jobs))));
  clock_.advance(150ms);
  ASSERT_TRUE(*run(queue_->wait_until_finished(last, 10s)));
  EXPECT_EQ(queue_->figures().expired, 2000U);
  EXPECT_EQ(queue_->figures().queued, 0U);
}

}  // namespace
}  // namespace evalx::queue::sqlite
