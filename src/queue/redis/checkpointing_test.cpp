// Checkpoints in Redis: lists that are deleted with their jobs, and read by the next worker.
#include <gmock/gmock.h>

#include "queue/redis/fixture_test.hpp"

namespace evalx::queue::redis {
namespace {

class Checkpointing : public OnRedis {
 protected:
  std::int64_t lists() { return server_->run({"EXISTS", list_}).integer; }
  /// The key of the job's list.
  Leased watched(const std::string& token) {
    list_ = key("checkpoint:" + token);
    return leased(*queue_);
  }
  std::string list_;
};

TEST_F(Checkpointing, EveryEndDeletesIt) {
  const std::vector<std::function<bool(LeaseId)>> ends{
      [&](LeaseId id) { return run(queue_->complete(id, "")).has_value(); },
      [&](LeaseId id) { return run(queue_->reject(id, "", "")).has_value(); },
      [&](const LeaseId& id) { return run(queue_->cancel(id.token, "")).has_value(); }};
  for (const auto& end : ends) {
    const Leased held = watched(accepted(""));
    ASSERT_TRUE(run(queue_->checkpoint(held.id, "part")));
    EXPECT_EQ(lists(), 1);
    const std::int64_t seconds = server_->run({"TTL", list_}).integer;
    EXPECT_GT(seconds, 0) << "an evalx without checkpoints would never delete it";
    ASSERT_TRUE(end(held.id));
    EXPECT_EQ(lists(), 0);
  }
}

TEST_F(Checkpointing, TheNextWorkerContinuesFromIt) {
  const Leased held = watched(accepted("a big one"));
  ASSERT_TRUE(run(queue_->checkpoint(held.id, "part")));
  kill_sessions();
  EXPECT_TRUE(comes_true([&] { return run(queue_->find_state(held.id.token))->deaths == 1; }));
  const auto late = run(queue_->checkpoint(held.id, "of the dead"));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::LeaseLost);
  const Leased next = leased(*queue_);
  EXPECT_THAT(next.checkpoint, testing::ElementsAre("part"));
  EXPECT_TRUE(next.has_events);
  EXPECT_EQ(next.spec, "a big one");
}

TEST_F(Checkpointing, AnInvalidListBlocksNothing) {
  const Leased held = watched(accepted(""));
  server_->run({"SET", list_, "by hand"});
  const auto saved = run(queue_->checkpoint(held.id, "part"));
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, Errc::Unavailable);
  ASSERT_TRUE(run(queue_->release(held.id)));
  const Leased next = leased(*queue_);
  EXPECT_TRUE(next.checkpoint.empty());
  EXPECT_TRUE(run(queue_->complete(next.id, "")));
  EXPECT_EQ(lists(), 0);
}

}  // namespace
}  // namespace evalx::queue::redis
