// Damage: specs and results that were changed in Redis.
#include "queue/redis/fixture_test.hpp"

namespace evalx::queue::redis {
namespace {

class Damage : public OnRedis {};

TEST_F(Damage, AnAlteredResultIsAnErrorWithItsCause) {
  const std::string token = accepted("spec");
  ASSERT_TRUE(run(queue_->complete(leased(*queue_).id, "accepted")));
  EXPECT_EQ(run(queue_->find_state(token))->result, "accepted");
  server_->run({"SET", key("result:" + token), "rejected", "KEEPTTL"});
  for (const auto& record : {run(queue_->find_state(token)), run(queue_->find(token))}) {
    EXPECT_EQ(record->state, State::Dead);
    EXPECT_EQ(record->result, R"({"cause":"the stored result is damaged"})");
  }
  server_->run({"DEL", key("result:" + token)});
  EXPECT_EQ(run(queue_->find_state(token))->state, State::Dead);
}

TEST_F(Damage, AnAlteredSpecIsNeverLeased) {
  const std::string altered = accepted("spec");
  const std::string sound = accepted("spec");
  server_->run({"SET", key("spec:" + altered), "speck"});
  EXPECT_EQ(leased(*queue_).id.token, sound);
  const auto record = run(queue_->find(altered));
  EXPECT_EQ(record->state, State::Dead);
  EXPECT_EQ(record->result, "dead after 0 deaths");
  ASSERT_EQ(record->failures.size(), 1U);
  EXPECT_EQ(record->failures[0].kind, Failure::Kind::Damaged);
  EXPECT_EQ(record->failures[0].cause, "the stored submission is damaged");
}

TEST_F(Damage, APartOfACheckpointThatHasChangedIsLeftOut) {
  const std::string token = accepted("spec");
  const Leased held = leased(*queue_);
  for (const char* part : {"one", "two", "three"}) {
    ASSERT_TRUE(run(queue_->checkpoint(held.id, part)));
  }
  const std::string list = key("checkpoint:" + token);
  std::string flipped = server_->run({"LINDEX", list, "1"}).text;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  server_->run({"LSET", list, "1", flipped});
  server_->run({"RPUSH", list, "of an older evalx"});
  ASSERT_TRUE(run(queue_->release(held.id)));
  EXPECT_EQ(leased(*queue_).checkpoint,
            (std::vector<std::string>{"one", "three", "of an older evalx"}));
}

TEST_F(Damage, AStateWithAFlippedBitEndsAsAnError) {
  const std::string leased_by_none = accepted("spec");
  server_->run({"HSET", key("job:" + leased_by_none), "state", "1"});
  const std::string no_state = accepted("spec");
  server_->run({"HSET", key("job:" + no_state), "state", "8"});
  const std::string over = accepted("spec");
  server_->run({"HSET", key("job:" + over), "state", "2"});
  EXPECT_FALSE(*run(queue_->lease(100ms)));
  EXPECT_TRUE(comes_true([&] {
    return run(queue_->find_state(leased_by_none))->state == State::Dead &&
           run(queue_->find_state(no_state))->state == State::Dead;
  }));
  const auto record = run(queue_->find_state(over));
  EXPECT_EQ(record->state, State::Dead);
  EXPECT_EQ(record->result, R"({"cause":"the stored job is damaged"})");
}

TEST_F(Damage, AResultThatAnEarlierReleaseStoredLaterIsNotChecked) {
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  ASSERT_TRUE(run(queue_->reject(held.id, "cause", "dead")));
  // As an earlier release does: it knows no digest.
  server_->run({"HSET", key("job:" + token), "ended_at", "1700000000000000"});
  server_->run({"SET", key("result:" + token), "another"});
  EXPECT_EQ(run(queue_->find_state(token))->result, "another");
}

}  // namespace
}  // namespace evalx::queue::redis
