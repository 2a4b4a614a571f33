#include "queue/callback.hpp"

#include <algorithm>

#include "queue/state.hpp"

namespace evalx::queue {
namespace {

constexpr Microseconds kFirstPause = std::chrono::seconds{15};
constexpr Microseconds kLongestPause = std::chrono::minutes{10};

Callback waiting(Callback callback, StoreTime due) {
  callback.state = CallbackState::Waiting;
  callback.lease = 0;
  callback.due = due;
  return callback;
}

Callback over(Callback callback, CallbackState state) {
  callback.state = state;
  callback.lease = 0;
  callback.due = {};
  return callback;
}

}  // namespace

Microseconds pause_after_deaths(unsigned lost) {
  if (lost < 2) return {};
  const unsigned doublings = std::min(lost - 2, 10U);
  return std::min(kFirstPause * (1U << doublings), kLongestPause);
}

Callback after_job_ended(Callback before, StoreTime now) {
  ++before.round;
  before.attempt = before.lost = 0;
  return waiting(before, now);
}

Callback after_job_redriven(Callback before) {
  before.attempt = before.lost = 0;
  return over(before, CallbackState::Asked);
}

Result<Callback> after_take(Callback before, std::uint64_t lease, StoreTime now) {
  if (before.state != CallbackState::Waiting || before.due > now)
    return fail(Errc::LeaseLost, "take callback");
  ++before.attempt;
  before.state = CallbackState::Sending;
  before.lease = lease;
  before.due = {};
  return before;
}

Result<Callback> after_attempt(Callback before, std::uint64_t lease, const CallbackEnd& end,
                               StoreTime now) {
  if (before.state != CallbackState::Sending || lease == 0 || before.lease != lease)
    return fail(Errc::LeaseLost, "settle callback");
  before.lost = 0;
  switch (end.kind) {
    case CallbackEnd::Kind::Delivered:
      return over(before, CallbackState::Delivered);
    case CallbackEnd::Kind::Dead:
      return over(before, CallbackState::Dead);
    case CallbackEnd::Kind::Retry:
      return waiting(before, now + end.retry_in);
    case CallbackEnd::Kind::Uncharged:
      break;
  }
  --before.attempt;
  return waiting(before, now);
}

Callback after_sender_died(Callback before, StoreTime now) {
  --before.attempt;
  ++before.lost;
  return waiting(before, now + pause_after_deaths(before.lost));
}

Result<Callback> after_resend(Callback before, StoreTime now) {
  switch (before.state) {
    case CallbackState::Asked:
      return fail(Errc::NotFound, "resend the callback of a job that has not ended");
    case CallbackState::Sending:
      return before;
    case CallbackState::Delivered:
    case CallbackState::Dead:
      before.attempt = before.lost = 0;
      break;
    case CallbackState::Waiting:
      break;
  }
  return waiting(before, now);
}

}  // namespace evalx::queue
