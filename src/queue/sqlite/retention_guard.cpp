#include "queue/sqlite/retention_guard.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace evalx::queue::sqlite {
namespace {

std::int64_t seconds_of(Clock::WallInstant::duration time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

}  // namespace

RetentionGuard::RetentionGuard(const Clock& clock) : clock_(clock), believed_(offset()) {}

RetentionGuard::Offset RetentionGuard::offset() const {
  return clock_.wall_now().time_since_epoch() -
         std::chrono::duration_cast<Offset>(clock_.now().time_since_epoch());
}

Clock::WallInstant RetentionGuard::believed_date() const {
  return Clock::WallInstant{std::chrono::duration_cast<Offset>(clock_.now().time_since_epoch()) +
                            believed_};
}

std::optional<Clock::WallInstant> RetentionGuard::date() {
  const Offset now = offset();
  const auto is_near = [now](Offset other) { return std::chrono::abs(now - other) <= kTolerance; };
  if (is_near(believed_)) {
    if (in_doubt_since_) log::info("the date agrees with the monotonic clock again");
    believed_ = now;  // Follows a clock that is adjusted slowly.
    in_doubt_since_.reset();
  } else if (!in_doubt_since_ || !is_near(doubted_)) {
    log::warning("the date has jumped: nothing is deleted by its age until it is believed",
                 {{"seconds", seconds_of(now - believed_)}});
    doubted_ = now;
    in_doubt_since_ = clock_.now();
  } else if (clock_.now() - *in_doubt_since_ >= kBelieved) {
    log::info("the date is believed, an hour after it has jumped");
    believed_ = now;
    in_doubt_since_.reset();
  }
  if (in_doubt_since_) return std::nullopt;
  return clock_.wall_now();
}

Clock::WallInstant RetentionGuard::careful_date() {
  return std::min(clock_.wall_now(), believed_date());
}

int RetentionGuard::allowance(std::int64_t stored) {
  const Clock::Instant now = clock_.now();
  if (!minute_ || now - *minute_ >= std::chrono::minutes{1}) {
    minute_ = now;
    deleted_ = 0;
  }
  const std::int64_t share = std::min<std::int64_t>(stored / kShare, 1'000'000);
  return std::max(0, std::max(kPerMinute, static_cast<int>(share)) - deleted_);
}

}  // namespace evalx::queue::sqlite
