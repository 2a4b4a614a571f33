#include "queue/sqlite/retention_guard.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace evalx::queue::sqlite {
namespace {

std::int64_t seconds_of(Clock::WallInstant::duration time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

bool is_near(Clock::WallInstant::duration one, Clock::WallInstant::duration other) {
  return std::chrono::abs(one - other) <= RetentionGuard::kTolerance;
}

}  // namespace

RetentionGuard::RetentionGuard(const Clock& clock)
    : clock_(clock), first_(offset()), doubted_(first_), in_doubt_since_(clock.now()) {}

RetentionGuard::Offset RetentionGuard::offset() const {
  return clock_.wall_now().time_since_epoch() -
         std::chrono::duration_cast<Offset>(clock_.now().time_since_epoch());
}

Clock::WallInstant RetentionGuard::date_by(Offset offset) const {
  return Clock::WallInstant{std::chrono::duration_cast<Offset>(clock_.now().time_since_epoch()) +
                            offset};
}

void RetentionGuard::believe(Offset now) {
  believed_ = now;
  in_doubt_since_.reset();
}

std::optional<Clock::WallInstant> RetentionGuard::date() {
  const Offset now = offset();
  if (believed_ && is_near(now, *believed_)) {
    if (in_doubt_since_) log::info("the date agrees with the monotonic clock again");
    believe(now);  // Follows a clock that is adjusted slowly.
  } else if (!in_doubt_since_ || !is_near(now, doubted_)) {
    log::warning("the date has jumped: nothing is deleted by its age until it is believed",
                 {{"seconds", seconds_of(now - believed_.value_or(doubted_))}});
    doubted_ = now;
    in_doubt_since_ = clock_.now();
  } else if (clock_.now() - *in_doubt_since_ >= kBelieved) {
    if (believed_) log::info("the date is believed, an hour after it has jumped");
    believe(now);
  }
  if (in_doubt_since_) return std::nullopt;
  return clock_.wall_now();
}

Clock::WallInstant RetentionGuard::careful_date() const {
  if (!believed_) return Clock::WallInstant::min();
  return std::min(clock_.wall_now(), date_by(*believed_));
}

Clock::WallInstant RetentionGuard::present() const {
  const Clock::WallInstant wall = clock_.wall_now();
  if (!believed_) return std::max(wall, date_by(first_));
  return is_near(offset(), *believed_) ? wall : date_by(*believed_);
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
