#pragma once
// Listing: jobs that are not done, page by page, as an operator looks at them.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "queue/failure.hpp"
#include "queue/state.hpp"

namespace evalx::queue {

inline constexpr std::size_t kListedMax = 1000;

struct ListFilter {
  State state = State::Dead;  ///< Or Queued, Leased, Expired: what is done is nobody's trouble.
  Microseconds older_than{};  ///< Accepted at least so long ago, on the store's clock.
  std::string after;          ///< The `next` of the page before; empty: from the beginning.
  std::size_t limit = 100;    ///< 1 to kListedMax.
};

struct Listed {
  std::string token;
  State state = State::Queued;
  unsigned attempt = 0;
  unsigned deaths = 0;
  Clock::WallInstant accepted_at;
  std::optional<Clock::WallInstant> ended_at;  ///< Of a terminal one, if known.
  std::optional<Failure> last_failure;
  std::string worker;      ///< While Leased: the session that holds it, if known.
  bool is_orphan = false;  ///< Leased by a session that has ended: it will be handed out again.
};

/// A page can be shorter than was asked for, and even empty, while others follow. A job that
/// changes meanwhile may be listed twice, or not.
struct Listing {
  std::vector<Listed> jobs;  ///< The longest known first.
  std::string next;          ///< Empty: there are no more.
  Clock::WallInstant now;    ///< On the store's clock.
};

/// Errors: invalid_argument, which names the field.
Result<> check_filter(const ListFilter& filter);

}  // namespace evalx::queue
