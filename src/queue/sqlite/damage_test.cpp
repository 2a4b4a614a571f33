// Damage: stored content that has changed, and a log that has lost jobs.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <fstream>

#include "queue/run_test.hpp"
#include "queue/sqlite/fixture_test.hpp"
#include "submission/token.hpp"

namespace evalx::queue::sqlite {
namespace {

class Damage : public OnDisk {
 protected:
  std::string accepted(std::string spec) {
    return run(queue_->accept({submission::new_token(), std::move(spec), std::nullopt}))->token;
  }
};

TEST_F(Damage, AnAlteredResultIsAnErrorWithItsCause) {
  const std::string token = accepted("spec");
  const std::string sound = accepted("spec");
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(run(queue_->complete((*run(queue_->lease(5s)))->id, "accepted")));
  }
  by_hand("UPDATE result SET body = CAST('rejected' AS BLOB) WHERE id = 1");
  for (const auto& record : {run(queue_->find_state(token)), run(queue_->find(token))}) {
    ASSERT_TRUE(record);
    EXPECT_EQ(record->state, State::Dead);
    EXPECT_EQ(record->result, R"({"cause":"the stored result is damaged"})");
  }
  EXPECT_EQ(run(queue_->find_state(sound))->result, "accepted");
  by_hand("DELETE FROM result WHERE id = 1");
  EXPECT_EQ(run(queue_->find_state(token))->state, State::Dead);
}

TEST_F(Damage, AnAlteredSpecIsNeverLeased) {
  const std::string altered = accepted("spec");
  const std::string missing = accepted("spec");
  const std::string sound = accepted("spec");
  by_hand(
      "UPDATE spec SET body = CAST('speck' AS BLOB) WHERE id = 1; "
      "DELETE FROM spec WHERE id = 2");
  EXPECT_EQ((*run(queue_->lease(5s)))->id.token, sound);
  for (const std::string& token : {altered, missing}) {
    const auto record = run(queue_->find(token));
    EXPECT_EQ(record->state, State::Dead);
    EXPECT_EQ(record->result, R"({"cause":"the stored submission is damaged"})");
    ASSERT_EQ(record->failures.size(), 1U);
    EXPECT_EQ(record->failures[0].kind, Failure::Kind::Damaged);
  }
}

TEST_F(Damage, APartOfACheckpointThatHasChangedIsLeftOut) {
  accepted("spec");
  const auto held = run(queue_->lease(5s));
  for (const char* part : {"one", "two", "three"}) {
    ASSERT_TRUE(run(queue_->checkpoint((*held)->id, part)));
  }
  by_hand(
      "UPDATE checkpoint SET body = CAST(replace(CAST(body AS TEXT), 'two', 'twp') AS BLOB); "
      "INSERT INTO checkpoint SELECT token, CAST('of an older evalx' AS BLOB) FROM job");
  const auto again = run(queue_->lease(5s));
  EXPECT_EQ((*again)->checkpoint, (std::vector<std::string>{"one", "three", "of an older evalx"}));
}

/// Each of these changes is one bit of the row of job 1, which waits or runs. None may stop the start.
TEST_F(Damage, ARowWithAFlippedBitEndsDeadAtTheNextStart) {
  for (const char* flip :
       {"state = 1, lease = 0", "state = 2", "state = 4", "state = 64", "lease = 1",
        "attempt = 1048576", "deaths = 4"}) {
    const std::string token = accepted("spec");
    by_hand(std::string("UPDATE job SET ") + flip + " WHERE token = '" + token + "'");
    const auto record = run(queue_->find(token));
    ASSERT_TRUE(record) << flip;
    EXPECT_EQ(record->state, State::Dead) << flip;
    EXPECT_EQ(record->result, R"({"cause":"worker_died","deaths":0})") << flip;
    ASSERT_EQ(record->failures.size(), 1U) << flip;
    EXPECT_EQ(record->failures[0].kind, Failure::Kind::Damaged);
    EXPECT_EQ(queue_->figures().dead, 1U);
  }
  const std::string sound = accepted("spec");
  EXPECT_EQ((*run(queue_->lease(5s)))->id.token, sound);
}

TEST_F(Damage, AFinishedRowThatContradictsItselfIsAnError) {
  const std::string token = accepted("spec");
  ASSERT_TRUE(run(queue_->complete((*run(queue_->lease(5s)))->id, "accepted")));
  for (const char* state : {"0", "1", "6"}) {
    by_hand(std::string("UPDATE job SET state = ") + state);
    EXPECT_EQ(run(queue_->find_state(token))->state, State::Dead) << state;
    EXPECT_EQ(run(queue_->find_state(token))->result, R"({"cause":"the stored job is damaged"})");
  }
}

TEST_F(Damage, WhatAnOlderEvalxStoredIsNotChecked) {
  const std::string done = accepted("spec");
  ASSERT_TRUE(run(queue_->complete((*run(queue_->lease(5s)))->id, "accepted")));
  accepted("spec");
  by_hand("DROP TABLE digest");
  EXPECT_EQ(run(queue_->find_state(done))->result, "accepted");
  const auto held = run(queue_->lease(5s));
  EXPECT_EQ((*held)->spec, "spec");
  ASSERT_TRUE(run(queue_->complete((*held)->id, "now with a digest")));
  by_hand("UPDATE result SET body = CAST('x' AS BLOB) WHERE id = 2");
  EXPECT_EQ(run(queue_->find_state((*held)->id.token))->state, State::Dead);
}

TEST_F(Damage, ADigestIsDeletedWithItsJob) {
  const std::string token = accepted("spec");
  const std::string open = accepted("spec");
  ASSERT_TRUE(run(queue_->cancel(token, "")));
  EXPECT_EQ(count("digest"), 2);
  ASSERT_TRUE(is_swept(token, open));
  EXPECT_EQ(count("digest"), 1);
}

/// The store as it is on the disk now, as after a crash, with one bit of its log flipped.
TEST_F(Damage, ALossOfTheLogIsCounted) {
  constexpr int kJobs = 30;
  std::vector<std::string> tokens;
  for (int i = 0; i < kJobs; ++i) tokens.push_back(accepted(std::string(3000, 'x')));
  const Scratch copy;
  std::filesystem::copy(scratch_.path(), copy.path(), std::filesystem::copy_options::recursive);
  {
    std::fstream log{copy.path() / "queue.db-wal", std::ios::in | std::ios::out | std::ios::binary};
    log.seekg(0, std::ios::end);
    const auto middle = log.tellg() / 2;
    log.seekg(middle);
    const char byte = static_cast<char>(log.get());
    log.seekp(middle);
    log.put(static_cast<char>(byte ^ 1));
  }
  Options options;
  options.directory = copy.path();
  auto after = opened(options, clock_);
  std::uint64_t lost = 0;
  for (const std::string& token : tokens) lost += run(after->find_state(token)) ? 0 : 1;
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(after->figures().vanished, lost);
  after.reset();
  after = opened(options, clock_);
  EXPECT_EQ(after->figures().vanished, 0U) << "a loss is reported once";
}

TEST_F(Damage, RestartsAndDeletionsAreNoLoss) {
  for (int i = 0; i < 3; ++i) accepted("");
  reopen();
  EXPECT_EQ(queue_->figures().vanished, 0U);
  accepted("");
  by_hand("DELETE FROM job WHERE id <= 2");
  EXPECT_EQ(queue_->figures().vanished, 0U);
  std::filesystem::remove(scratch_.path() / "accepted");
  reopen();
  EXPECT_EQ(queue_->figures().vanished, 0U) << "e.g. restored from a backup";
}

}  // namespace
}  // namespace evalx::queue::sqlite
