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
  /// A date that stays for so long after a jump, or after the start, is believed: the date of a machine
  /// that has just started may be wrong until it is set.
  static constexpr std::chrono::hours kBelieved{1};
  /// Deletions in a minute: this many, or this share of all stored jobs. Jobs that are stored for a
  /// day leave at a fourteenth of that rate.
  static constexpr int kPerMinute = 1'000;
  static constexpr int kShare = 100;

  explicit RetentionGuard(const Clock& clock);

  /// The date by which finished jobs are deleted; nullopt while it is not believed. Call it every few
  /// seconds.
  std::optional<Clock::WallInstant> date();
  /// The date by which idempotency keys are forgotten: while the clocks disagree, the earlier one.
  /// Before a date is believed, none is forgotten.
  [[nodiscard]] Clock::WallInstant careful_date() const;
  /// The date that is stored with jobs. After a jump it goes on by the monotonic clock: a result that
  /// is stored with an earlier date would be deleted too early. Before a date is believed, it is the later
  /// one of the wall clock's and of the one that goes on from the start.
  [[nodiscard]] Clock::WallInstant present() const;

  /// How many jobs may be deleted now, of this many stored ones.
  [[nodiscard]] int allowance(std::int64_t stored);
  void note_deleted(int jobs) { deleted_ += jobs; }

 private:
  using Offset = Clock::WallInstant::duration;
  [[nodiscard]] Offset offset() const;
  /// The date if the wall clock minus the monotonic clock were this.
  [[nodiscard]] Clock::WallInstant date_by(Offset offset) const;
  void believe(Offset now);

  const Clock& clock_;
  const Offset first_;              ///< Wall clock minus monotonic clock, at the start.
  std::optional<Offset> believed_;  ///< The same, of the date that is believed.
  Offset doubted_;                  ///< The same after a jump or the start, while it is in doubt.
  std::optional<Clock::Instant> in_doubt_since_;
  std::optional<Clock::Instant> minute_;  ///< When the present minute of deletions began.
  int deleted_ = 0;                       ///< In this minute.
};

}  // namespace evalx::queue::sqlite
