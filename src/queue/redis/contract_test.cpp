// Runs the contract suite on Redis.
#include "queue/contract_test.hpp"

#include <thread>

#include "queue/redis/redis_queue.hpp"
#include "queue/redis/server_test.hpp"

namespace evalx::queue::redis {
namespace {

class RedisBackend final : public Backend {
 public:
  std::unique_ptr<Queue> open(std::size_t capacity) override {
    Options options;
    options.address = server_.address();
    options.capacity = capacity;
    options.result_capacity = result_capacity;
    options.rules = kBriskRules;
    auto queue = redis::open(std::move(options));
    EXPECT_TRUE(queue) << queue.error().what;
    return queue ? *std::move(queue) : nullptr;
  }
  /// Redis has its own clock, which a test cannot set.
  void pass(Milliseconds time) override { std::this_thread::sleep_for(time); }

 private:
  Server server_;
};

/// Without redis-server there is no backend to test; StartChecks reports that by a skip.
std::vector<BackendMaker> backends() {
  if (!has_server()) return {};
  return {[] { return std::make_unique<RedisBackend>(); }};
}

}  // namespace
}  // namespace evalx::queue::redis

namespace evalx::queue {

INSTANTIATE_TEST_SUITE_P(Redis, Contract, testing::ValuesIn(redis::backends()));
INSTANTIATE_TEST_SUITE_P(Redis, OperatingContract, testing::ValuesIn(redis::backends()));
INSTANTIATE_TEST_SUITE_P(Redis, CheckpointContract, testing::ValuesIn(redis::backends()));
INSTANTIATE_TEST_SUITE_P(Redis, WorkersContract, testing::ValuesIn(redis::backends()));
INSTANTIATE_TEST_SUITE_P(Redis, ExpiryContract, testing::ValuesIn(redis::backends()));
INSTANTIATE_TEST_SUITE_P(Redis, EvictionContract, testing::ValuesIn(redis::backends()));
INSTANTIATE_TEST_SUITE_P(Redis, CallbacksContract, testing::ValuesIn(redis::backends()));

}  // namespace evalx::queue
