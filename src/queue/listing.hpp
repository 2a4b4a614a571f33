#pragma once
// Listing: the jobs in one state, page by page, as an operator sees them. Done and cancelled jobs
// are not listed.

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
  State state = State::Dead;
  Microseconds older_than{};  ///< Accepted at least this long ago, on the store's clock.
  std::string after;          ///< `next` of the previous page; empty: first page.
  std::size_t limit = 100;    ///< 1 to kListedMax.
};

struct Listed {
  std::string token;
  State state = State::Queued;
  unsigned attempt = 0;
  unsigned deaths = 0;
  Clock::WallInstant accepted_at;
  std::optional<Clock::WallInstant> ended_at;  ///< If terminal, and known.
  std::optional<Failure> last_failure;
  std::string worker;  ///< While Leased: the session that holds it, if known.
  /// Leased by a session that has ended: it will be queued again, or Dead.
  bool is_orphan = false;
};

/// A page can be shorter than `limit`, even empty, although others follow; a page of Done or
/// Cancelled jobs in Redis can be longer. A job that changes
/// meanwhile may be listed twice, or not at all.
struct Listing {
  /// Oldest first: by acceptance with SQLite, by arrival in this state with Redis, which has no
  /// order of Done and Cancelled jobs.
  std::vector<Listed> jobs;
  std::string next;        ///< Empty: this is the last page.
  Clock::WallInstant now;  ///< On the store's clock.
};

/// Errors: invalid_argument, which names the field.
Result<> check_filter(const ListFilter& filter);

}  // namespace evalx::queue
