#include "queue/sqlite/transition.hpp"

#include <algorithm>

namespace evalx::queue::sqlite {
namespace {

constexpr Milliseconds kFirstBackOff{500};
constexpr Milliseconds kLongestBackOff{30'000};
constexpr unsigned kDoublingsMax = 10;  // Past the cap, and far from overflow.

}  // namespace

Result<Transition> decide(Change change, const std::optional<JobRow>& job, std::uint64_t lease,
                          unsigned max_attempts) {
  if (change == Change::Cancel) {
    if (!job) return fail(Errc::NotFound, "cancel");
    if (is_terminal(job->state)) return fail(Errc::Finished, "cancel");
    return Transition{State::Cancelled, job->attempt};
  }
  if (!job || job->state != State::Leased || job->lease != lease) {
    return fail(Errc::LeaseLost, "publish");
  }
  switch (change) {
    case Change::Complete:
      return Transition{State::Done, job->attempt};
    // Uncharged: the attempt that its lease counted is taken back.
    case Change::Release:
      return Transition{State::Queued, job->attempt - 1};
    default:
      break;
  }
  const bool last = job->attempt >= max_attempts;
  return Transition{last ? State::Dead : State::Queued, job->attempt};
}

Milliseconds back_off(unsigned attempt, std::uint64_t random) {
  const unsigned doublings = std::min(attempt > 0 ? attempt - 1 : 0, kDoublingsMax);
  const Milliseconds longest = std::min(kFirstBackOff * (1U << doublings), kLongestBackOff);
  // At least half, so that a fault has time to pass; the rest spreads those that failed together.
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  return Milliseconds{half + random % (half + 1)};
}

}  // namespace evalx::queue::sqlite
