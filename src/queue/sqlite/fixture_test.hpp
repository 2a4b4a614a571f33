#pragma once
// Fixtures of this folder's tests: a clock set by hand, a queue that must open, a store to edit.

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "queue/run_test.hpp"
#include "queue/sqlite/scratch_test.hpp"
#include "queue/sqlite/sqlite_queue.hpp"
#include "submission/token.hpp"

namespace evalx::queue::sqlite {

/// Starts at the present, or at given times; only advance() moves it, and jump() the date alone.
class HandClock final : public Clock {
 public:
  HandClock() = default;
  HandClock(Instant start, WallInstant wall) : start_(start), wall_start_(wall) {}
  [[nodiscard]] Instant now() const override { return start_ + passed_.load(); }
  [[nodiscard]] WallInstant wall_now() const override {
    return wall_start_ + passed_.load() + jumped_.load();
  }
  void jump(Microseconds time) { jumped_ = jumped_.load() + time; }
  void advance(Microseconds time) {
    for (auto passed = passed_.load(); !passed_.compare_exchange_weak(passed, passed + time);) {
    }
  }

 private:
  const Instant start_ = std::chrono::steady_clock::now();
  const WallInstant wall_start_ = std::chrono::system_clock::now();
  std::atomic<Microseconds> passed_{Microseconds{0}};
  std::atomic<Microseconds> jumped_{Microseconds{0}};
};

inline std::unique_ptr<Queue> opened(Options options, const Clock& clock) {
  auto queue = open(std::move(options), clock);
  EXPECT_TRUE(queue) << queue.error().what;
  return queue ? *std::move(queue) : nullptr;
}

/// A queue whose database the test may read and edit.
class OnDisk : public testing::Test {
 protected:
  OnDisk() { reopen(); }

  void reopen() {
    queue_.reset();
    Options options;
    options.directory = scratch_.path();
    options.result_capacity = capacity_;
    queue_ = opened(std::move(options), clock_);
  }
  /// Edits the store while no process owns it.
  void by_hand(const std::string& sql) {
    queue_.reset();
    SQLite::Database{database(), SQLite::OPEN_READWRITE}.exec(sql);
    reopen();
  }
  int number(const std::string& query) const {
    SQLite::Database db{database()};
    return db.execAndGet(query).getInt();
  }
  int count(const std::string& table) const { return number("SELECT count(*) FROM " + table); }
  std::string database() const { return (scratch_.path() / "queue.db").string(); }

  /// Moves the clock beyond the retention, and waits until `token` is deleted. `open` is a job that
  /// stays queued.
  bool is_swept(const std::string& token, const std::string& open) {
    clock_.advance(std::chrono::hours{25});
    for (int tries = 0; tries < 200; ++tries) {
      EXPECT_TRUE(run(queue_->wait_until_finished(open, 50ms)));
      if (!run(queue_->find_state(token))) return true;
    }
    return false;
  }

  Scratch scratch_;
  HandClock clock_;
  Bytes capacity_ = kNoResultCapacity;  ///< Holds from the next reopen().
  std::unique_ptr<Queue> queue_;
};

}  // namespace evalx::queue::sqlite
