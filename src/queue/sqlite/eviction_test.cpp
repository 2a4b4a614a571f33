// Eviction: the count of stored bytes, and how long evicted tokens are remembered.
#include "queue/eviction.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "queue/sqlite/fixture_test.hpp"

namespace evalx::queue::sqlite {
namespace {

class Eviction : public OnDisk {
 protected:
  Eviction() {
    capacity_ = Bytes{3 * kOne};
    reopen();
  }

  static constexpr std::uint64_t kOne = kept_bytes(3, 4);
  std::string finished() {
    const std::string token =
        run(queue_->accept({submission::new_token(), "123", std::nullopt}))->token;
    EXPECT_TRUE(run(queue_->complete((*run(queue_->lease(5s)))->id, "1234")));
    clock_.advance(5ms);
    return token;
  }
  bool becomes(const std::string& token, Errc code) {
    for (int tries = 0; tries < 500; ++tries) {
      const auto record = run(queue_->find_state(token));
      if (!record && record.error().code == code) return true;
      std::this_thread::sleep_for(20ms);
    }
    return false;
  }
  bool counts(std::uint64_t bytes) {
    for (int tries = 0; tries < 500 && queue_->figures().result_bytes != bytes; ++tries) {
      std::this_thread::sleep_for(20ms);
    }
    return queue_->figures().result_bytes == bytes;
  }
};

TEST_F(Eviction, TokensAreForgottenWhenTheirRetentionWouldHaveEnded) {
  const std::string token = finished();
  for (int i = 0; i < 3; ++i) finished();
  ASSERT_TRUE(becomes(token, Errc::Evicted));
  clock_.advance(std::chrono::hours{25});
  EXPECT_TRUE(becomes(token, Errc::NotFound));
  EXPECT_TRUE(counts(0)) << "the others were deleted after their retention";
}

/// Otherwise a client that submits and erases would fill the disk with keys.
TEST_F(Eviction, AKeyIsDeletedWithItsJob) {
  for (const bool is_erased : {true, false}) {
    NewJob job{submission::new_token(), "123", Idempotency{"key", "digest"}};
    const std::string token = job.token;
    ASSERT_TRUE(run(queue_->accept(std::move(job))));
    ASSERT_TRUE(run(queue_->cancel(token, "1234")));
    clock_.advance(5ms);
    EXPECT_EQ(count("idempotency"), 1);
    if (is_erased) {
      ASSERT_TRUE(run(queue_->erase(token)));
    } else {
      for (int i = 0; i < 3; ++i) finished();
      ASSERT_TRUE(becomes(token, Errc::Evicted));
    }
    EXPECT_EQ(count("idempotency"), 0);
  }
}

TEST_F(Eviction, ABoundedNumberOfTokensIsRemembered) {
  by_hand(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250010) "
      "INSERT INTO evicted SELECT 'old ' || i, (strftime('%s', 'now') + 3600) * 1000000 + i FROM n");
  const std::string token = finished();
  for (int i = 0; i < 3; ++i) finished();
  ASSERT_TRUE(becomes(token, Errc::Evicted));
  EXPECT_EQ(count("evicted"), kEvictedRemembered);
}

TEST_F(Eviction, WhatAnOlderEvalxStoredIsCountedAtTheStart) {
  finished();
  ASSERT_TRUE(counts(kOne));
  // As it does: it does not know the table.
  by_hand("UPDATE job SET state = 4; UPDATE owner SET epoch = epoch + 1; UPDATE kept SET bytes = 7");
  EXPECT_TRUE(counts(kOne));
  by_hand("DROP TABLE kept; DROP TABLE evicted");
  EXPECT_TRUE(counts(kOne));
}

}  // namespace
}  // namespace evalx::queue::sqlite
