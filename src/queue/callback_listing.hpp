#pragma once
// CallbackListing: callbacks as an operator sees them, page by page, or that of one job.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "queue/callback.hpp"
#include "queue/listing.hpp"

namespace evalx::queue {

struct CallbackFilter {
  enum class Which {
    Waiting,  ///< And those that are sent now.
    Dead,
  };
  Which which = Which::Dead;
  std::string after;        ///< `next` of the previous page; empty: first page.
  std::size_t limit = 100;  ///< 1 to kListedMax.
};

struct ListedCallback {
  std::string token;  ///< The job's.
  CallbackState state = CallbackState::Asked;
  unsigned round = 0;
  unsigned attempt = 0;
  std::string lane;
  std::string target;
  std::optional<Clock::WallInstant> since;     ///< When its job ended; not while Asked.
  std::optional<Clock::WallInstant> due;       ///< While Waiting.
  std::optional<Clock::WallInstant> ended_at;  ///< If Delivered or Dead.
  std::string words;  ///< CallbackEnd::words of the last attempt; empty if there was none.
};

/// A callback that changes meanwhile may be listed twice, or not at all.
struct CallbackListing {
  std::vector<ListedCallback> callbacks;  ///< The longest waiting, or dead, first.
  std::string next;                       ///< Empty: this is the last page.
  Clock::WallInstant now;                 ///< On the store's clock.
};

/// Errors: invalid_argument, which names the field.
Result<> check_filter(const CallbackFilter& filter);

}  // namespace evalx::queue
