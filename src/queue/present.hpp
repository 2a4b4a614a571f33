#pragma once
// Present: the events that show a job's state in its event stream.

#include <string>

#include "queue/state.hpp"

namespace evalx::queue {

/// {"attempt":N}: data of "running" and "restarted".
std::string attempt_json(unsigned attempt);
/// "done", "cancelled", "dead" or "expired".
std::string_view name_of_end(State state);
/// {"state":"done"} and the like: data of "finished".
std::string end_json(State state);

/// An event that shows a job's present state; for a stream whose earlier events are not stored.
struct Present {
  std::string kind, data;
};
Present present_event(State state, unsigned attempt);

}  // namespace evalx::queue
