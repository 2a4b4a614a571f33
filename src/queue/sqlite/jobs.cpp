#include "queue/sqlite/jobs.hpp"

namespace evalx::queue::sqlite {
namespace {

std::string attempt_json(unsigned attempt) {
  return R"({"attempt":)" + std::to_string(attempt) + "}";
}

std::string end_json(State state) {
  switch (state) {
    case State::Cancelled:
      return R"({"state":"cancelled"})";
    case State::Dead:
      return R"({"state":"dead"})";
    default:
      return R"({"state":"done"})";
  }
}

}  // namespace

Present present_event(State state, unsigned attempt) {
  if (state == State::Queued) return {"queued", "{}"};
  if (state == State::Leased) return {"running", attempt_json(attempt)};
  return {"finished", end_json(state)};
}

void Jobs::accepted(JobId id) {
  backlog_.add(id, clock_.now());
  ++figures_.accepted;
}

void Jobs::recovered(JobId id, Clock::Instant since) {
  backlog_.add(id, since);
}

std::stop_token Jobs::leased(JobId id, const std::string& token, std::uint64_t lease,
                             unsigned attempt) {
  Holding& holding = holdings_[token];
  holding = {id, lease, std::stop_source{}};
  const bool again = attempt > 1 || streams_.has_run(token);
  streams_.append(token, again ? "restarted" : "running", attempt_json(attempt), clock_.now());
  return holding.stop.get_token();
}

void Jobs::changed(const JobRow& before, const std::string& token, Change change,
                   const Transition& transition, std::uint64_t random) {
  if (before.state == State::Leased) {
    // The holder of a job that a client cancelled is told; every other one spoke for itself.
    if (auto held = holdings_.extract(token); held && change == Change::Cancel) {
      held.mapped().stop.request_stop();
    }
  } else {
    backlog_.remove(before.id);
  }
  if (is_terminal(transition.to)) return ended(token, transition.to);
  const Clock::Instant now = clock_.now();
  if (change == Change::Release) return backlog_.add(before.id, now);
  backlog_.add_later(before.id, now, now + back_off(before.attempt, random));
  ++figures_.retried;
}

void Jobs::ended(const std::string& token, State state) {
  switch (state) {
    case State::Done:
      ++figures_.done;
      break;
    case State::Cancelled:
      ++figures_.cancelled;
      break;
    default:
      ++figures_.dead;
      break;
  }
  streams_.finish(token, end_json(state), clock_.now());
}

void Jobs::progress(const LeaseId& id, std::string kind, std::string data) {
  const auto held = holdings_.find(id.token);
  if (held == holdings_.end() || held->second.lease != id.lease) return;
  streams_.append(id.token, std::move(kind), std::move(data), clock_.now());
}

void Jobs::stop_all() {
  for (auto& [token, holding] : holdings_) holding.stop.request_stop();
  holdings_.clear();
}

void Jobs::publish() {
  figures_.queued = backlog_.size();
  figures_.leased = holdings_.size();
  const auto oldest = backlog_.oldest_since();
  figures_.oldest_since = oldest ? oldest->time_since_epoch().count() : 0;
}

}  // namespace evalx::queue::sqlite
