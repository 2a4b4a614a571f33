#pragma once
// RetryPlan: what follows from the outcome of an attempt. Pure: time and randomness are passed in.

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "http/client/dialogue.hpp"

namespace evalx::webhook {

/// The wait after an attempt; 1 is the first one. The schedule that Standard Webhooks recommends:
/// 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; after further attempts 24 h. With eight
/// attempts, the last one comes after about 31 hours.
Milliseconds usual_wait(int attempt);

struct RetryPlan {
  static constexpr int kAttemptsUsual = 8;
  int attempts_max = kAttemptsUsual;  ///< At least 1.
};

enum class Fate {
  Delivered,
  Retry,      ///< At Decision::at.
  Dead,       ///< No further attempt is made by itself; an operator may send it again.
  Uncharged,  ///< The attempt was stopped by us: it counts as not made.
};

struct Decision {
  Fate fate = Fate::Dead;
  Clock::WallInstant at;  ///< For Retry.
  std::string words;      ///< For a person: "the receiver answered 503", "no answer within 15 s".
  /// Scheme, host and port that the receiver redirects to, if they can be shown. Its path and its
  /// query may contain secrets.
  std::string redirect{};
};

/// | outcome                                             | decision |
/// |-----------------------------------------------------|----------|
/// | 2xx, whatever became of the answer's body           | Delivered |
/// | no answer, 408, 429, 5xx                            | Retry, or Dead after the last attempt |
/// | 3xx: redirects are not followed                     | Dead: another attempt gets the same |
/// | 410 and every other 4xx                             | Dead |
/// | an address that the filter refused                  | Dead |
/// | a request that cannot be sent                       | Dead |
/// | stopped                                             | Uncharged |
///
/// `attempt`: 1 for the first one. `now`: the end of the attempt. `random`: any number; it moves
/// the wait by up to a quarter in both directions, so that the webhooks that failed together do not
/// come back together. Retry-After is obeyed up to 24 hours, and never shortens a wait.
Decision decide(const http::client::Outcome& outcome, int attempt, const RetryPlan& plan,
                Clock::WallInstant now, std::uint64_t random);
/// The attempt could not be made for a reason that may pass, which `words` give: Retry, or Dead
/// after the last one.
Decision put_off(std::string words, int attempt, const RetryPlan& plan, Clock::WallInstant now,
                 std::uint64_t random);

}  // namespace evalx::webhook
