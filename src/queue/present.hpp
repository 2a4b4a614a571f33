#pragma once
// Present: what a job's event stream says of its state.

#include <string>

#include "queue/state.hpp"

namespace evalx::queue {

/// {"attempt":N}, of "running" and "restarted".
std::string attempt_json(unsigned attempt);
/// {"state":"done"} and the like, of "finished".
std::string end_json(State state);

/// The event that tells a job's present state to one who knows nothing of it.
struct Present {
  std::string kind, data;
};
Present present_event(State state, unsigned attempt);

}  // namespace evalx::queue
