#pragma once
// The contract of live workers: which are listed, and with which announcement.

#include <thread>

#include "queue/contract_fixture_test.hpp"

namespace evalx::queue {

class WorkersContract : public Contract {
 protected:
  LiveWorkers live() {
    auto answer = run(queue_->workers());
    EXPECT_TRUE(answer) << answer.error().what;
    return answer ? *std::move(answer) : LiveWorkers{};
  }
  /// Waits until the one worker's announcement is `text`.
  bool comes_to_announce(const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < deadline) {
      const auto workers = live().workers;
      if (workers.size() == 1 && workers[0].announcement == text) return true;
      std::this_thread::sleep_for(5ms);
    }
    return false;
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WorkersContract);

TEST_P(WorkersContract, AProcessIsAWorkerFromItsFirstLeaseOn) {
  queue_->announce("text");
  EXPECT_TRUE(live().workers.empty());
  EXPECT_FALSE(leased_now());
  EXPECT_TRUE(comes_to_announce("text"));
}

TEST_P(WorkersContract, AWorkerIsListedWithItsStartAndItsJobs) {
  queue_->announce("text");
  accepted("");
  accepted("");
  const Leased first = leased();
  const Leased second = leased();
  ASSERT_TRUE(comes_to_announce("text"));
  const LiveWorkers busy = live();
  const LiveWorker& worker = busy.workers.at(0);
  EXPECT_FALSE(worker.session.empty());
  EXPECT_EQ(worker.jobs, 2U);
  ASSERT_TRUE(worker.since);
  EXPECT_LE(*worker.since, busy.now);
  EXPECT_GT(*worker.since, busy.now - 1min);
  ASSERT_TRUE(run(queue_->complete(first.id, "")));
  ASSERT_TRUE(run(queue_->release(second.id)));
  EXPECT_EQ(live().workers.at(0).jobs, 0U);
  EXPECT_EQ(live().workers.at(0).since, worker.since);
}

TEST_P(WorkersContract, AWorkerWithoutAnnouncementIsListed) {
  EXPECT_FALSE(leased_now());
  ASSERT_TRUE(comes_to_announce(""));
  EXPECT_FALSE(live().workers.at(0).since);
}

TEST_P(WorkersContract, AnAnnouncementIsReplacedAndAnEmptyOrTooLongOneIsIgnored) {
  queue_->announce("before");
  EXPECT_FALSE(leased_now());
  EXPECT_TRUE(comes_to_announce("before"));
  queue_->announce("");
  queue_->announce(std::string(kAnnouncementBytesMax + 1, 'x'));
  EXPECT_TRUE(comes_to_announce("before"));
  const std::string longest(kAnnouncementBytesMax, 'x');
  queue_->announce(longest);
  EXPECT_TRUE(comes_to_announce(longest));
}

}  // namespace evalx::queue
