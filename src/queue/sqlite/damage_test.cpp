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
