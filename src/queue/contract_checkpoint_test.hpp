#pragma once
// The contract of checkpoints: only the next attempt of the same job gets the saved parts.

#include <gmock/gmock.h>

#include "queue/contract_fixture_test.hpp"

namespace evalx::queue {

class CheckpointContract : public Contract {
 protected:
  Result<> saved(const LeaseId& id, std::string part) {
    return run(queue_->checkpoint(id, std::move(part)));
  }
  /// The job's next attempt, after a fault in this one.
  Leased tried_again(const LeaseId& id) {
    EXPECT_TRUE(run(queue_->retry(id, "clone: EAGAIN", "final")));
    backend_->pass(1s);
    return leased();
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CheckpointContract);

TEST_P(CheckpointContract, ALaterAttemptGetsAllPartsInOrder) {
  accepted("");
  const Leased first = leased();
  EXPECT_TRUE(first.checkpoint.empty());
  EXPECT_FALSE(first.has_events);
  ASSERT_TRUE(saved(first.id, "one"));
  const std::string odd("two \0\xff\r\n", 8);
  ASSERT_TRUE(saved(first.id, odd));
  const Leased second = tried_again(first.id);
  EXPECT_THAT(second.checkpoint, testing::ElementsAre("one", odd));
  EXPECT_TRUE(second.has_events);
  ASSERT_TRUE(saved(second.id, "three"));
  ASSERT_TRUE(run(queue_->release(second.id)));
  EXPECT_THAT(leased().checkpoint, testing::ElementsAre("one", odd, "three"));
}

TEST_P(CheckpointContract, OnlyTheHolderSavesACheckpoint) {
  EXPECT_EQ(saved({"no such", 7}, "x").error().code, Errc::LeaseLost);
  const std::string token = accepted("");
  const Leased first = leased();
  ASSERT_TRUE(run(queue_->release(first.id)));
  EXPECT_EQ(saved(first.id, "while it waits").error().code, Errc::LeaseLost);
  EXPECT_EQ(saved({token, 0}, "without a lease").error().code, Errc::LeaseLost);
  const Leased second = leased();
  EXPECT_EQ(saved(first.id, "while another has it").error().code, Errc::LeaseLost);
  ASSERT_TRUE(saved(second.id, "good"));
  const Leased third = tried_again(second.id);
  EXPECT_THAT(third.checkpoint, testing::ElementsAre("good"));
  ASSERT_TRUE(run(queue_->complete(third.id, "result")));
  EXPECT_EQ(saved(third.id, "too late").error().code, Errc::LeaseLost);
}

TEST_P(CheckpointContract, ACheckpointOutlivesTheQueueAndBelongsToOneJob) {
  accepted("a");
  accepted("b");
  const Leased first = leased();
  const Leased second = leased();
  ASSERT_TRUE(saved(second.id, "of " + second.spec));
  ASSERT_TRUE(saved(first.id, "of " + first.spec));
  queue_.reset();
  queue_ = backend_->open(kCapacity);
  for (int i = 0; i < 2; ++i) {
    const Leased again = leased();
    EXPECT_THAT(again.checkpoint, testing::ElementsAre("of " + again.spec));
  }
}

TEST_P(CheckpointContract, ACheckpointIsDeletedWhenItsJobEnds) {
  const std::string token = accepted("");
  const Leased held = leased();
  ASSERT_TRUE(saved(held.id, "of the first life"));
  ASSERT_TRUE(run(queue_->reject(held.id, "cause", "final")));
  ASSERT_TRUE(run(queue_->redrive(token)));
  EXPECT_TRUE(leased().checkpoint.empty());
}

TEST_P(CheckpointContract, ATooLargeCheckpointIsRefusedAndEarlierPartsStay) {
  accepted("");
  const Leased held = leased();
  EXPECT_EQ(saved(held.id, std::string(kCheckpointPartBytesMax + 1, 'x')).error().code, Errc::Full);
  const std::string part(kCheckpointPartBytesMax, 'x');
  const std::size_t fit = kCheckpointBytesMax / kCheckpointPartBytesMax;
  for (std::size_t i = 0; i < fit; ++i) ASSERT_TRUE(saved(held.id, part));
  EXPECT_EQ(saved(held.id, std::string(2000, 'x')).error().code, Errc::Full);
  EXPECT_EQ(tried_again(held.id).checkpoint.size(), fit);
  EXPECT_TRUE(queue_->figures().healthy);
}

}  // namespace evalx::queue
