// Eviction: the count of stored bytes in Redis, whose keys expire by themselves.
#include "queue/eviction.hpp"

#include "queue/redis/fixture_test.hpp"

namespace evalx::queue::redis {
namespace {

class Eviction : public OnRedis {
 protected:
  static constexpr std::uint64_t kOne = kept_bytes(3, 4);
  void open_with(Bytes capacity, std::chrono::seconds retention = std::chrono::hours{24}) {
    capacity_ = capacity;
    queue_ = opened(kLease, retention);
  }
  std::string finished() {
    const std::string token = accepted("123");
    EXPECT_TRUE(run(queue_->complete(leased(*queue_).id, "1234")));
    return token;
  }
  bool counts(std::uint64_t bytes) {
    return comes_true([&] { return queue_->figures().result_bytes == bytes; });
  }
};

TEST_F(Eviction, AnExpiredResultNoLongerCounts) {
  open_with(mebibytes(64), 1s);
  finished();
  ASSERT_TRUE(counts(kOne));
  EXPECT_TRUE(counts(0));
  EXPECT_EQ(queue_->figures().evicted, 0U);
}

TEST_F(Eviction, NothingIsLeftOfAnEvictedJobButItsToken) {
  open_with(Bytes{kOne});
  const std::string token = finished();
  finished();
  ASSERT_TRUE(comes_true([&] { return queue_->figures().evicted == 1U; }));
  for (const char* kind : {"job:", "spec:", "result:", "events:"}) {
    EXPECT_EQ(server_->run({"EXISTS", key(kind + token)}).integer, 0) << kind;
  }
  EXPECT_GT(server_->run({"TTL", key("evicted")}).integer, 0);
  server_->run({"ZADD", key("evicted"), "1000", token});
  EXPECT_EQ(run(queue_->find(token)).error().code, Errc::NotFound) << "its retention has ended";
}

TEST_F(Eviction, AKeyIsDeletedWithItsJob) {
  open_with(Bytes{kOne});
  for (const bool is_erased : {true, false}) {
    NewJob job{submission::new_token(), "123", Idempotency{"a key", "digest"}};
    const std::string token = job.token;
    ASSERT_TRUE(run(queue_->accept(std::move(job))));
    ASSERT_TRUE(run(queue_->cancel(token, "1234")));
    EXPECT_EQ(server_->run({"EXISTS", key("idem:a key")}).integer, 1);
    if (is_erased) {
      ASSERT_TRUE(run(queue_->erase(token)));
    } else {
      finished();
      ASSERT_TRUE(comes_true([&] { return queue_->figures().evicted == 1U; }));
    }
    EXPECT_EQ(server_->run({"EXISTS", key("idem:a key")}).integer, 0);
  }
}

/// It knows nothing of the index.
TEST_F(Eviction, AJobThatAnEarlierReleaseHasRedrivenIsNotEvicted) {
  open_with(Bytes{kOne});
  const std::string token = finished();
  server_->run({"HSET", key("job:" + token), "state", "0"});
  server_->run({"HDEL", key("job:" + token), "ended_at"});
  finished();
  EXPECT_TRUE(counts(kOne));
  EXPECT_EQ(run(queue_->find(token))->state, State::Queued);
  EXPECT_EQ(queue_->figures().evicted, 0U);
}

TEST_F(Eviction, ResultsTakeHalfOfMaxmemoryAtMost) {
  server_->run({"CONFIG", "SET", "maxmemory", "100mb"});
  open_with(mebibytes(64));
  EXPECT_TRUE(comes_true([&] { return queue_->figures().result_capacity == mebibytes(50).count; }));
  server_->run({"CONFIG", "SET", "maxmemory", "0"});
  open_with(mebibytes(64));
  EXPECT_TRUE(comes_true([&] { return queue_->figures().result_capacity == mebibytes(64).count; }));
}

}  // namespace
}  // namespace evalx::queue::redis
