#pragma once
// RetentionGuard: keeps a wrong date from deleting results. It compares the wall clock with the
// monotonic one, and bounds how much is deleted a minute.

#include <optional>

#include "base/clock.hpp"

namespace evalx::queue::sqlite {

/// Belongs to the writer's thread.
class RetentionGuard {
 public:
  /// A change of the wall clock against the monotonic one beyond this is a jump.
  static constexpr std::chrono::seconds kTolerance{10};
  /// A date that stays for so long after a jump is believed.
  static constexpr std::chrono::hours kBelieved{1};
  /// Deletions in a minute: this many, or this share of all stored jobs. Jobs that are stored for a
  /// day leave at a fourteenth of that rate.
  static constexpr int kPerMinute = 1'000;
  static constexpr int kShare = 100;

  explicit RetentionGuard(const Clock& clock);

  /// The date by which finished jobs are deleted; nullopt while the clocks disagree. Call it every
  /// few seconds.
  std::optional<Clock::WallInstant> date();
  /// The date by which idempotency keys are forgotten: while the clocks disagree, the earlier one.
  Clock::WallInstant careful_date();

  /// How many jobs may be deleted now, of this many stored ones.
  [[nodiscard]] int allowance(std::int64_t stored);
  void note_deleted(int jobs) { deleted_ += jobs; }

 private:
  using Offset = Clock::WallInstant::duration;
  [[nodiscard]] Offset offset() const;
  [[nodiscard]] Clock::WallInstant believed_date() const;

  const Clock& clock_;
  Offset believed_;   ///< Wall clock minus monotonic clock.
  Offset doubted_{};  ///< The same after a jump, while it is in doubt.
  std::optional<Clock::Instant> in_doubt_since_;
  std::optional<Clock::Instant> minute_;  ///< When the present minute of deletions began.
  int deleted_ = 0;                       ///< In this minute.
};

}  // namespace evalx::queue::sqlite
