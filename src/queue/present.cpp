#include "queue/present.hpp"

namespace evalx::queue {

std::string attempt_json(unsigned attempt) {
  return R"({"attempt":)" + std::to_string(attempt) + "}";
}

std::string_view name_of_end(State state) {
  switch (state) {
    case State::Cancelled:
      return "cancelled";
    case State::Dead:
      return "dead";
    case State::Expired:
      return "expired";
    default:
      return "done";
  }
}

std::string end_json(State state) {
  return R"({"state":")" + std::string(name_of_end(state)) + R"("})";
}

Present present_event(State state, unsigned attempt) {
  if (state == State::Queued) return {"queued", "{}"};
  if (state == State::Leased) return {"running", attempt_json(attempt)};
  return {"finished", end_json(state)};
}

}  // namespace evalx::queue
