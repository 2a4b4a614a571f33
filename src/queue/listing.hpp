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
  State state = State::Dead;  ///< Or Queued, Leased, Expired. Done jobs are not listed.
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
  std::string worker;      ///< While Leased: the session that holds it, if known.
  bool is_orphan = false;  ///< Leased by a session that has ended: it will be leased again.
};

/// A page can be shorter than `limit`, even empty, although others follow. A job that changes
/// meanwhile may be listed twice, or not at all.
struct Listing {
  std::vector<Listed> jobs;  ///< Oldest first.
  std::string next;          ///< Empty: this is the last page.
  Clock::WallInstant now;    ///< On the store's clock.
};

/// Errors: invalid_argument, which names the field.
Result<> check_filter(const ListFilter& filter);

}  // namespace evalx::queue
