#include "queue/present.hpp"

namespace evalx::queue {

std::string attempt_json(unsigned attempt) {
  return R"({"attempt":)" + std::to_string(attempt) + "}";
}

std::string end_json(State state) {
  switch (state) {
    case State::Cancelled:
      return R"({"state":"cancelled"})";
    case State::Dead:
      return R"({"state":"dead"})";
    case State::Expired:
      return R"({"state":"expired"})";
    default:
      return R"({"state":"done"})";
  }
}

Present present_event(State state, unsigned attempt) {
  if (state == State::Queued) return {"queued", "{}"};
  if (state == State::Leased) return {"running", attempt_json(attempt)};
  return {"finished", end_json(state)};
}

}  // namespace evalx::queue
