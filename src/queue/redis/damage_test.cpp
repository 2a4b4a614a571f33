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
