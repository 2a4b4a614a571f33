#include "webhook/retry_plan.hpp"

#include <algorithm>
#include <chrono>

#include "base/assert.hpp"
#include "webhook/retry_after.hpp"

namespace evalx::webhook {
namespace {

using http::client::Answer;
using http::client::Failure;
using http::client::FailureKind;
using std::chrono::seconds;

constexpr std::size_t kShownBytesMax = 200;

/// From three quarters to five quarters of `wait`.
Milliseconds jittered(Milliseconds wait, std::uint64_t random) {
  const auto range = static_cast<std::uint64_t>(wait.count() / 2);
  return wait * 3 / 4 + Milliseconds{range == 0 ? 0 : random % (range + 1)};
}

Decision retry(std::string words, int attempt, const RetryPlan& plan, Clock::WallInstant now,
               std::uint64_t random, seconds asked) {
  if (attempt >= plan.attempts_max) {
    return {Fate::Dead,
            {},
            words + "; that was the last of " + std::to_string(plan.attempts_max) + " attempts"};
  }
  // A server that asked many clients to wait for the same time would be called by all at once.
  const Milliseconds after_asked = asked + (jittered(asked, random) - asked * 3 / 4) / 4;
  const Milliseconds wait = std::max(jittered(usual_wait(attempt), random), after_asked);
  return {Fate::Retry, now + wait, std::move(words)};
}

/// Whether a value of a foreign server may be shown: short, and visible ASCII.
bool can_be_shown(const std::string& value) {
  return value.size() <= kShownBytesMax &&
         std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// Scheme, host and port of an absolute URL; empty for another text.
std::string origin_of(const std::string& url) {
  const std::size_t host = url.find("://");
  if (host == std::string::npos) return {};
  return url.substr(0, url.find_first_of("/?#", host + 3));
}

Decision give_up(const Answer& answer, std::string words) {
  if (answer.status / 100 != 3) return {Fate::Dead, {}, std::move(words)};
  const std::string* const location = answer.header("Location");
  const bool is_shown = location != nullptr && can_be_shown(*location);
  return {
      Fate::Dead, {}, words + "; redirects are not followed", is_shown ? origin_of(*location) : ""};
}

bool may_succeed_later(unsigned status) {
  return status >= 500 || status == 408 || status == 429;
}

}  // namespace

Decision decide(const http::client::Outcome& outcome, int attempt, const RetryPlan& plan,
                Clock::WallInstant now, std::uint64_t random) {
  EVALX_ASSERT(attempt >= 1 && plan.attempts_max >= 1);
  if (!outcome) {
    const Failure& failure = outcome.error();
    if (failure.kind == FailureKind::Stopped) return {Fate::Uncharged, {}, failure.words};
    if (failure.kind == FailureKind::AddressRefused || failure.kind == FailureKind::NotSendable) {
      return {Fate::Dead, {}, failure.words};
    }
    return retry(failure.words, attempt, plan, now, random, seconds{0});
  }
  std::string words = "the receiver answered " + std::to_string(outcome->status);
  if (outcome->status / 100 == 2) return {Fate::Delivered, {}, std::move(words)};
  if (!may_succeed_later(outcome->status)) return give_up(*outcome, std::move(words));
  seconds asked{0};
  if (const std::string* const value = outcome->header("Retry-After")) {
    asked = parse_retry_after(*value, now).value_or(seconds{0});
  }
  return retry(std::move(words), attempt, plan, now, random, asked);
}

Decision put_off(std::string words, int attempt, const RetryPlan& plan, Clock::WallInstant now,
                 std::uint64_t random) {
  return retry(std::move(words), attempt, plan, now, random, seconds{0});
}

}  // namespace evalx::webhook
