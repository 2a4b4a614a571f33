#include "queue/sqlite/jobs.hpp"

#include "queue/present.hpp"

namespace evalx::queue::sqlite {

void Jobs::accepted(JobId id, std::optional<Clock::Instant> expires) {
  backlog_.add({id, clock_.now(), Lane::Normal, expires});
  ++figures_.accepted;
}

std::stop_token Jobs::leased(const Backlog::Waiting& job, const std::string& token,
                             std::uint64_t lease, unsigned attempt) {
  Holding& holding = holdings_[token];
  holding = {job.id, lease, job.lane, std::stop_source{}, job.expires, attempt};
  if (job.lane == Lane::Quarantine) ++quarantined_;
  streams_.begin_run(token, job.since, attempt, clock_.now());
  return holding.stop.get_token();
}

void Jobs::changed(const JobRow& before, const std::string& token, const Step& step) {
  std::optional<Clock::Instant> expires;
  note_dropped();
  if (before.job.state == State::Leased) {
    if (auto held = holdings_.extract(token)) {
      expires = held.mapped().expires;
      if (held.mapped().lane == Lane::Quarantine) --quarantined_;
      if (step.stops_holder) held.mapped().stop.request_stop();
    }
  } else {
    backlog_.remove(before.id);
  }
  if (is_terminal(step.job.state)) return ended(token, step.job.state);
  if (is_terminal(before.job.state)) {
    finish_streams();
    streams_.reopen(token, clock_.now());
  }
  const Backlog::Waiting waiting{before.id, clock_.now(), lane_of(step.job), expires};
  if (!step.job.not_before) return backlog_.add(waiting);
  backlog_.add_later(waiting, Clock::Instant{*step.job.not_before});
  ++figures_.retried;
}

void Jobs::ended(const std::string& token, State state) {
  figures_.count_end(state);
  ended_.emplace_back(token, state);
}

void Jobs::finish_streams() {
  for (const auto& [token, state] : ended_) streams_.finish(token, end_json(state), clock_.now());
  ended_.clear();
}

void Jobs::progress(const LeaseId& id, std::string kind, std::string data) {
  const auto held = holdings_.find(id.token);
  if (held == holdings_.end() || held->second.lease != id.lease) return;
  note_dropped();
  if (!streams_.knows(id.token)) {
    streams_.restore_running(id.token, held->second.attempt, clock_.now());
  }
  streams_.append(id.token, std::move(kind), std::move(data), clock_.now());
}

void Jobs::note_dropped() {
  const std::uint64_t dropped = dropped_;
  if (dropped == std::exchange(noted_dropped_, dropped)) return;
  for (const auto& [token, holding] : holdings_) streams_.note_gap(token);
}

void Jobs::stop_all() {
  for (auto& [token, holding] : holdings_) holding.stop.request_stop();
  holdings_.clear();
  quarantined_ = 0;
}

void Jobs::callback_waits(const std::string& token, const std::string& lane,
                          Clock::WallInstant::duration age, Clock::Instant due) {
  const auto passed = std::max(std::chrono::duration_cast<Clock::Instant::duration>(age),
                               Clock::Instant::duration::zero());
  callbacks_.wait(token, lane, clock_.now() - passed, due);
}

void Jobs::publish() {
  figures_.queued = backlog_.size();
  figures_.leased = holdings_.size();
  figures_.set_oldest(backlog_.oldest_since());
  figures_.callbacks_waiting = callbacks_.size();
  figures_.set_oldest_callback(callbacks_.oldest_since());
}

}  // namespace evalx::queue::sqlite
