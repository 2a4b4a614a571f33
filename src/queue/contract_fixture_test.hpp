#pragma once
// Fixture of the contract suite: a store that a backend provides, and short ways to use a queue.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/eviction.hpp"
#include "queue/queue.hpp"
#include "queue/run_test.hpp"
#include "submission/token.hpp"

namespace evalx::queue {

/// One store, and the queue on it.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Opens the store with kBriskRules, or opens it again after the earlier queue was destroyed.
  virtual std::unique_ptr<Queue> open(std::size_t capacity) = 0;
  /// For the next open().
  Bytes result_capacity = kNoResultCapacity;
  /// Moves the store's clock on, by setting it or by waiting.
  virtual void pass(Milliseconds time) = 0;
};
using BackendMaker = std::function<std::unique_ptr<Backend>()>;

class Contract : public testing::TestWithParam<BackendMaker> {
 protected:
  Contract() : backend_(GetParam()()), queue_(backend_->open(kCapacity)) {}

  static NewJob job(std::string spec) {
    return {submission::new_token(), std::move(spec), std::nullopt};
  }
  static NewJob job(std::string spec, std::string key, std::string digest) {
    return {submission::new_token(), std::move(spec),
            Idempotency{std::move(key), std::move(digest)}};
  }
  std::string accepted(std::string spec) {
    auto answer = run(queue_->accept(job(std::move(spec))));
    EXPECT_TRUE(answer) << answer.error().what;
    return answer->token;
  }
  Leased leased() {
    auto answer = run(queue_->lease(5s));
    EXPECT_TRUE(answer && *answer) << "no job to lease";
    return **std::move(answer);
  }
  std::optional<Leased> leased_now() { return *run(queue_->lease(0ms)); }
  Record found(std::string token) { return *run(queue_->find(std::move(token))); }
  Events events(const std::string& token, Place after = {}, Milliseconds patience = 0ms) {
    auto answer = run(queue_->events(token, std::move(after), patience));
    EXPECT_TRUE(answer) << answer.error().what;
    return *std::move(answer);
  }
  /// The place in a job's stream after the event `seq`.
  Place place(const std::string& token, std::uint64_t seq) { return {events(token).life, seq}; }
  std::vector<std::string> kinds(const std::string& token) { return kinds_of(events(token)); }
  static std::vector<std::string> kinds_of(const Events& answer) {
    std::vector<std::string> kinds;
    for (const Event& event : answer.events) kinds.push_back(event.kind);
    return kinds;
  }

  static constexpr std::size_t kCapacity = 64;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Queue> queue_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Contract);

}  // namespace evalx::queue
