#pragma once
// Fixture of this folder's tests: a queue on a Redis of its own.

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "queue/redis/redis_queue.hpp"
#include "queue/redis/server_test.hpp"
#include "queue/run_test.hpp"
#include "submission/token.hpp"

namespace evalx::queue::redis {

class OnRedis : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_server()) GTEST_SKIP() << "Debian's redis-tools is missing: no " << kServerBinary;
    server_ = std::make_unique<Server>();
    queue_ = opened();
  }

  std::unique_ptr<Queue> opened(Milliseconds lease = kLease,
                                std::chrono::seconds retention = std::chrono::hours{24},
                                Rules rules = kBriskRules) {
    Options options;
    options.retention = retention;
    options.result_capacity = capacity_;
    options.address = server_->address();
    options.lease = lease;
    options.rules = rules;
    options.dead_result = [](const Record& record) {
      return "dead after " + std::to_string(record.deaths) + " deaths";
    };
    auto queue = redis::open(std::move(options));
    EXPECT_TRUE(queue) << queue.error().what;
    return queue ? *std::move(queue) : nullptr;
  }
  std::string accepted(const std::string& spec) {
    const auto answer = run(queue_->accept({submission::new_token(), spec, std::nullopt}));
    EXPECT_TRUE(answer) << answer.error().what;
    return answer ? answer->token : std::string{};
  }
  Leased leased(Queue& queue) {
    auto answer = run(queue.lease(20s));
    EXPECT_TRUE(answer && *answer) << "no job to lease";
    return answer && *answer ? **std::move(answer) : Leased{};
  }
  /// Repeats `true_now` until it returns true; false after 30 seconds.
  static bool comes_true(const std::function<bool()>& true_now) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!true_now()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(20ms);
    }
    return true;
  }
  static std::string key(const std::string& name) { return "{evalx}:" + name; }
  /// Expires all sessions, as if their workers had been killed.
  void kill_sessions() {
    for (const Reply& session : server_->run({"ZRANGE", key("sessions"), "0", "-1"}).list) {
      server_->run({"ZADD", key("sessions"), "1", session.text});
    }
  }

  static constexpr Milliseconds kLease{3'000};
  Bytes capacity_ = kNoResultCapacity;  ///< For the next opened().
  std::unique_ptr<Server> server_;
  std::unique_ptr<Queue> queue_;
};

}  // namespace evalx::queue::redis
