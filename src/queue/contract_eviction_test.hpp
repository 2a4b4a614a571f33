#pragma once
// The contract of the capacity for results: the oldest finished jobs go first, and are known as gone.

#include <thread>

#include "queue/contract_fixture_test.hpp"

namespace evalx::queue {

class EvictionContract : public Contract {
 protected:
  static constexpr std::uint64_t kOne = kept_bytes(100, 1000);  ///< A job of finished().
  /// Opens the queue again, with room for three finished jobs of this size.
  void hold_three(std::uint64_t bytes = kOne) {
    queue_.reset();
    backend_->result_capacity = Bytes{3 * bytes + bytes / 2};
    queue_ = backend_->open(kCapacity);
  }
  std::string finished(std::size_t spec = 100, std::size_t result = 1000) {
    const std::string token = accepted(std::string(spec, 's'));
    EXPECT_TRUE(run(queue_->complete(leased().id, std::string(result, 'r'))));
    backend_->pass(5ms);  // No two jobs end at the same time.
    return token;
  }
  std::optional<std::error_code> error_of(const std::string& token) {
    const auto record = run(queue_->find_state(token));
    return record ? std::nullopt : std::optional{record.error().code};
  }
  /// Whether the store evicts the job soon.
  bool is_evicted(const std::string& token) {
    return comes_true([&] { return error_of(token) == Errc::Evicted; });
  }
  static bool comes_true(const std::function<bool()>& true_now) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!true_now()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(20ms);
    }
    return true;
  }
  bool counts(std::uint64_t bytes) {
    return comes_true([&] { return queue_->figures().result_bytes == bytes; });
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EvictionContract);

TEST_P(EvictionContract, TheOldestFinishedJobsGoFirst) {
  hold_three();
  std::vector<std::string> tokens;
  for (int i = 0; i < 7; ++i) tokens.push_back(finished());
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(is_evicted(tokens[static_cast<std::size_t>(i)])) << i;
  EXPECT_TRUE(counts(3 * kOne));
  EXPECT_EQ(queue_->figures().evicted, 4U);
  for (std::size_t i = 4; i < 7; ++i) EXPECT_EQ(found(tokens[i]).result, std::string(1000, 'r'));
}

TEST_P(EvictionContract, AnEvictedTokenIsKnownAsGone) {
  hold_three();
  const std::string token = finished();
  for (int i = 0; i < 3; ++i) finished();
  ASSERT_TRUE(is_evicted(token));
  EXPECT_EQ(run(queue_->find(token)).error().code, Errc::Evicted);
  EXPECT_EQ(run(queue_->events(token, {}, 10s)).error().code, Errc::Evicted);
  EXPECT_EQ(run(queue_->wait_until_finished(token, 10s)).error().code, Errc::Evicted);
  EXPECT_EQ(run(queue_->cancel(token, "late")).error().code, Errc::Evicted);
  EXPECT_EQ(run(queue_->redrive(token)).error().code, Errc::NotFound);
  ASSERT_TRUE(run(queue_->erase(token)));
  EXPECT_EQ(error_of(token), Errc::NotFound);
  EXPECT_EQ(run(queue_->erase(token)).error().code, Errc::NotFound);
}

TEST_P(EvictionContract, JobsThatWaitOrRunAreNeverEvicted) {
  hold_three();
  const std::string runs = accepted(std::string(20'000, 's'));
  const Leased held = leased();
  std::vector<std::string> done;
  for (int i = 0; i < 4; ++i) done.push_back(finished());
  const std::string waits = accepted(std::string(20'000, 's'));
  ASSERT_TRUE(is_evicted(done[0]));
  EXPECT_TRUE(counts(3 * kOne)) << "only finished jobs count";
  EXPECT_EQ(found(waits).state, State::Queued);
  EXPECT_EQ(found(runs).state, State::Leased);
  ASSERT_TRUE(run(queue_->complete(held.id, "the newest")));
  EXPECT_TRUE(is_evicted(done[3]));
  EXPECT_EQ(found(runs).result, "the newest") << "although it is larger than the capacity";
  EXPECT_EQ(found(waits).state, State::Queued);
}

TEST_P(EvictionContract, AKeyOfAnEvictedJobIsNew) {
  hold_three();
  const std::string token = run(queue_->accept(job("", "key", "digest")))->token;
  ASSERT_TRUE(run(queue_->complete(leased().id, std::string(1000, 'r'))));
  backend_->pass(5ms);
  for (int i = 0; i < 3; ++i) finished();
  ASSERT_TRUE(is_evicted(token));
  const auto again = run(queue_->accept(job("", "key", "another digest")));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->replayed);
  EXPECT_EQ(run(queue_->accept(job("", "key", "another digest")))->token, again->token);
  EXPECT_EQ(error_of(token), Errc::Evicted);
}

TEST_P(EvictionContract, EveryEndCountsAndEveryDeletionIsSubtracted) {
  hold_three(1'000'000);
  const std::string cancelled = accepted("1234");
  ASSERT_TRUE(run(queue_->cancel(cancelled, "12")));
  const std::string dead = accepted("");
  ASSERT_TRUE(run(queue_->reject(leased().id, "cause", "123")));
  EXPECT_TRUE(counts(kept_bytes(4, 2) + kept_bytes(0, 3)));
  ASSERT_TRUE(run(queue_->redrive(dead)));
  EXPECT_TRUE(counts(kept_bytes(4, 2)));
  ASSERT_TRUE(run(queue_->complete(leased().id, "12345")));
  EXPECT_TRUE(counts(kept_bytes(4, 2) + kept_bytes(0, 5)));
  ASSERT_TRUE(run(queue_->erase(cancelled)));
  EXPECT_TRUE(counts(kept_bytes(0, 5)));
  EXPECT_EQ(queue_->figures().evicted, 0U);
}

TEST_P(EvictionContract, ALowerCapacityHoldsFromTheNextStart) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 5; ++i) tokens.push_back(finished());
  hold_three();
  EXPECT_TRUE(is_evicted(tokens[1]));
  EXPECT_EQ(error_of(tokens[0]), Errc::Evicted);
  EXPECT_EQ(found(tokens[2]).state, State::Done);
  queue_.reset();
  queue_ = backend_->open(kCapacity);
  EXPECT_EQ(error_of(tokens[0]), Errc::Evicted);
  EXPECT_TRUE(counts(3 * kOne));
}

}  // namespace evalx::queue
