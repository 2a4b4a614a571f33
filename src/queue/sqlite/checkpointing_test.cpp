// Checkpoints in the store's file are deleted with their jobs, also when an earlier evalx left
// them.
#include "queue/sqlite/checkpointing.hpp"

#include <functional>

#include "queue/sqlite/fixture_test.hpp"

namespace evalx::queue::sqlite {
namespace {

class Checkpointing : public OnDisk {
 protected:
  Leased leased_new() {
    EXPECT_TRUE(run(queue_->accept({submission::new_token(), "", {}})));
    return **run(queue_->lease(5s));
  }
  int rows() const { return count("checkpoint"); }
};

TEST_F(Checkpointing, EveryEndDeletesIt) {
  const std::vector<std::function<bool(LeaseId)>> ends{
      [&](LeaseId id) { return run(queue_->complete(id, "")).has_value(); },
      [&](LeaseId id) { return run(queue_->reject(id, "", "")).has_value(); },
      [&](const LeaseId& id) { return run(queue_->cancel(id.token, "")).has_value(); }};
  for (const auto& end : ends) {
    const Leased held = leased_new();
    ASSERT_TRUE(run(queue_->checkpoint(held.id, "part")));
    EXPECT_EQ(rows(), 1);
    ASSERT_TRUE(end(held.id));
    EXPECT_EQ(rows(), 0);
  }
}

TEST(SaveCheckpoint, IsUnavailableWhileTooManyOperationsWait) {
  Result<> answer;
  SaveCheckpoint save{{"a", 1}, "part", [&](Result<> outcome) { answer = std::move(outcome); }};
  save.refuse({make_error_code(Errc::Full), "too many operations wait for the disk"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::Unavailable) << "Full would end all saving of the job";
}

TEST_F(Checkpointing, CheckpointsOfFinishedJobsAreDeletedAtTheNextStart) {
  const Leased held = leased_new();
  ASSERT_TRUE(run(queue_->checkpoint(held.id, "part")));
  by_hand("UPDATE job SET state = 2, finished_at_us = 1; INSERT INTO result VALUES (1, 'r')");
  EXPECT_EQ(rows(), 0);
  by_hand("DROP TABLE checkpoint");
  const Leased next = leased_new();
  EXPECT_TRUE(run(queue_->checkpoint(next.id, "part"))) << "the missing table was created";
}

}  // namespace
}  // namespace evalx::queue::sqlite
