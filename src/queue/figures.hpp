#pragma once
// Figures: the counts and levels of a queue, for metrics, readiness and Retry-After. This is the
// only place that declares a figure.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "queue/state.hpp"

namespace evalx::queue {

/// Written by the store's thread, read by any thread. Levels are those of the whole store, with the
/// jobs of all processes; counts are those of this process.
class Figures {
 public:
  /// `clock` measures the age of the oldest job; it must outlive this object.
  Figures(std::size_t capacity_of_queue, const Clock& clock)
      : capacity(capacity_of_queue), clock_(clock) {}
  Figures(const Figures&) = delete;
  Figures& operator=(const Figures&) = delete;

  const std::size_t capacity;                     ///< Queued jobs; beyond it accept() answers Full.
  std::atomic<std::size_t> queued{0}, leased{0};  ///< Jobs in these states now.
  /// False while the store refuses new jobs: SQLite e.g. on a full disk, Redis while it is not
  /// connected, has no free memory, cannot write its file, or is a replica.
  std::atomic<bool> healthy{true};
  /// Why it is not healthy, in the store's words; empty if that is not known. From any thread.
  [[nodiscard]] std::string trouble() const { return *trouble_.load(); }
  void set_trouble(std::string why) {
    trouble_ = std::make_shared<const std::string>(std::move(why));
  }

  // Counted by this process since its start.
  std::atomic<std::uint64_t> accepted{0}, done{0}, cancelled{0}, dead{0}, expired{0};
  std::atomic<std::uint64_t> retried{0};  ///< Faults after which the job was queued again.
  /// Leases that this process lost while it held them, or that were refused as old. Each counts
  /// once: see count_lost().
  std::atomic<std::uint64_t> lease_lost{0};
  std::atomic<std::uint64_t> recovered{0};  ///< Jobs queued again after their worker died.
  /// Accepted jobs that the store has lost: of a shared store, those that this process knew; with
  /// SQLite, those that were missing at its start.
  std::atomic<std::uint64_t> vanished{0};

  /// Finished jobs that this process deleted early, because of the capacity for results.
  std::atomic<std::uint64_t> evicted{0};

  // Levels of the finished jobs, in bytes, as kept_bytes() counts them.
  std::atomic<std::uint64_t> result_bytes{0};
  std::atomic<std::uint64_t> result_capacity{0};

  /// Callbacks that wait or are sent now. Those in a shared store are seen only by processes that
  /// send callbacks, each time they take some.
  std::atomic<std::size_t> callbacks_waiting{0};

  /// Counts a job that has come to a terminal state.
  void count_end(State state) {
    ++(state == State::Done        ? done
       : state == State::Cancelled ? cancelled
       : state == State::Expired   ? expired
                                   : dead);
  }
  /// Counts a lost lease, unless it was counted before. On the store's thread.
  void count_lost(std::uint64_t lease) {
    if (!lost_.insert(lease).second) return;
    ++lease_lost;
    lost_order_.push_back(lease);
    if (lost_order_.size() <= kLostRemembered) return;
    lost_.erase(lost_order_.front());
    lost_order_.pop_front();
  }
  /// How long the oldest queued job has been waiting since it was last queued; 0 if none is queued.
  [[nodiscard]] std::chrono::seconds oldest_queued() const { return oldest_.age(clock_.now()); }
  /// nullopt: no job is queued.
  void set_oldest(std::optional<Clock::Instant> since) { oldest_.set(since); }
  /// How long ago the job of the oldest waiting callback ended; 0 if none waits.
  [[nodiscard]] std::chrono::seconds oldest_callback() const {
    return oldest_callback_.age(clock_.now());
  }
  /// nullopt: none waits.
  void set_oldest_callback(std::optional<Clock::Instant> since) { oldest_callback_.set(since); }

 private:
  class Oldest {
   public:
    void set(std::optional<Clock::Instant> since) {
      since_ = since ? since->time_since_epoch().count() : kNone;
    }
    [[nodiscard]] std::chrono::seconds age(Clock::Instant now) const {
      const Clock::Instant::rep since = since_;
      if (since == kNone) return std::chrono::seconds{0};
      return std::chrono::duration_cast<std::chrono::seconds>(
          now - Clock::Instant{Clock::Instant::duration{since}});
    }

   private:
    /// No clock shows it. 0 would be a time: that of the machine's start.
    static constexpr Clock::Instant::rep kNone = std::numeric_limits<Clock::Instant::rep>::min();
    std::atomic<Clock::Instant::rep> since_{kNone};
  };

  static constexpr std::size_t kLostRemembered = 1024;
  const Clock& clock_;
  Oldest oldest_, oldest_callback_;
  std::atomic<std::shared_ptr<const std::string>> trouble_{std::make_shared<const std::string>()};
  std::set<std::uint64_t> lost_;
  std::deque<std::uint64_t> lost_order_;
};

}  // namespace evalx::queue
