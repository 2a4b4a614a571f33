#include "queue/simulation/fake_store.hpp"

#include <algorithm>

namespace evalx::queue::simulation {
namespace {

constexpr Microseconds kLeftToOthers = std::chrono::seconds{1};  // From the end of a back-off.
/// A keeper that holds nothing and has not asked for so long takes no jobs.
constexpr Microseconds kKeeperAsks = std::chrono::seconds{5};

}  // namespace

JobNumber FakeStore::accept(JobNumber job, std::uint32_t key, std::optional<StoreTime> not_after) {
  if (data_.jobs.at(job).exists) return job;
  if (key != 0 && settings_.bug != Bug::ForgetsKeys) {
    for (JobNumber other = 0; other < data_.jobs.size(); ++other) {
      if (data_.jobs[other].exists && data_.jobs[other].key == key) return other;
    }
  }
  Stored& stored = data_.jobs.at(job);
  stored.exists = true;
  stored.key = key;
  stored.job.not_after = not_after;
  data_.hints.push_back(job);
  ++data_.accepted;
  return job;
}

std::size_t FakeStore::held_by(SessionId session) const {
  return static_cast<std::size_t>(
      std::count_if(data_.jobs.begin(), data_.jobs.end(),
                    [session](const Stored& job) { return job.session == session; }));
}

bool FakeStore::is_alive(SessionId session, StoreTime now) const {
  return std::any_of(data_.sessions.begin(), data_.sessions.end(), [&](const Session& known) {
    return known.id == session && now < known.deadline;
  });
}

bool FakeStore::is_for(const Job& job, SessionId session, StoreTime now) {
  if (lane_of(job) == Lane::Normal) return session != data_.keeper;
  const bool is_idle = data_.keeper != session && now > data_.keeper_asked + kKeeperAsks &&
                       held_by(data_.keeper) == 0;
  if (!is_alive(data_.keeper, now) || is_idle) data_.keeper = session;
  if (data_.keeper == session) data_.keeper_asked = now;
  return data_.keeper == session && held_by(session) == 0;
}

bool FakeStore::has_failed_on(const Stored& job, SessionId session) const {
  if (settings_.bug == Bug::RetriesAnywhere) return false;
  return std::find(job.failed_on.begin(), job.failed_on.end(), session) != job.failed_on.end();
}

bool FakeStore::is_left_to_others(const Stored& job, SessionId session, StoreTime now) const {
  const StoreTime rested = job.job.not_before.value_or(StoreTime::min());
  if (!has_failed_on(job, session) || now >= rested + kLeftToOthers) return false;
  return std::any_of(data_.sessions.begin(), data_.sessions.end(), [&](const Session& other) {
    return other.id != session && now < other.deadline;
  });
}

/// Nothing if the job must not be leased, or expires instead.
std::optional<FakeStore::Granted> FakeStore::grant(JobNumber job, SessionId session,
                                                   std::uint64_t number, const Grant& change,
                                                   StoreTime now) {
  Stored& stored = data_.jobs.at(job);
  Job before = stored.job;
  const std::optional<StoreTime> not_after = before.not_after;
  if (settings_.bug == Bug::GrantsWhatIsHeld) before.state = State::Queued;
  if (settings_.bug == Bug::GrantsTheOverdue) before.not_after.reset();
  const auto next = decide(before, change, now);
  if (!stored.exists || !next) return std::nullopt;
  if (next->job.state == State::Expired) {
    store(job, next->job, kExpiredResult);
    return std::nullopt;
  }
  ++data_.last_lease;
  stored.job = next->job;
  stored.job.not_after = not_after;
  stored.session = session;
  stored.claim = number;
  return Granted{job, stored.job, stored.parts};
}

/// A job that failed on other sessions only need not wait for the end of its back-off.
std::optional<FakeStore::Granted> FakeStore::claim_resting(SessionId session, std::uint64_t number,
                                                           std::uint64_t lease, StoreTime now) {
  for (std::size_t i = 0; i < data_.resting.size(); ++i) {
    const JobNumber job = data_.resting[i];
    const Stored& stored = data_.jobs.at(job);
    if (lane_of(stored.job) == Lane::Quarantine || has_failed_on(stored, session)) continue;
    if (!is_for(stored.job, session, now)) continue;
    auto granted = grant(job, session, number, {lease, true}, now);
    if (!granted) continue;
    data_.resting.erase(data_.resting.begin() + static_cast<std::ptrdiff_t>(i));
    return granted;
  }
  return std::nullopt;
}

std::optional<FakeStore::Granted> FakeStore::claim(SessionId session, std::uint64_t number,
                                                   std::uint64_t lease, StoreTime now) {
  if (!is_alive(session, now)) return std::nullopt;
  if (data_.keeper == session) data_.keeper_asked = now;
  if (settings_.bug == Bug::CountsLeases) lease = data_.last_lease + 1;
  const auto is_quarantined = [&](JobNumber job) {
    return lane_of(data_.jobs.at(job).job) == Lane::Quarantine;
  };
  // Jobs in quarantine first.
  std::stable_partition(data_.hints.begin(), data_.hints.end(), is_quarantined);
  if (data_.keeper == session && held_by(session) == 0 &&
      std::none_of(data_.hints.begin(), data_.hints.end(), is_quarantined)) {
    data_.keeper = 0;
  }
  if (auto granted = claim_resting(session, number, lease, now)) return granted;
  for (std::size_t i = 0; i < data_.hints.size();) {
    const JobNumber job = data_.hints[i];
    const Stored& stored = data_.jobs.at(job);
    const bool may_be_granted = stored.exists && !is_terminal(stored.job.state);
    if (is_left_to_others(stored, session, now) ||
        (may_be_granted && !is_for(stored.job, session, now))) {
      ++i;
      continue;
    }
    data_.hints.erase(data_.hints.begin() + static_cast<std::ptrdiff_t>(i));
    if (auto granted = grant(job, session, number, {lease}, now)) return granted;
  }
  return std::nullopt;
}

FakeStore::Renewal FakeStore::renew(SessionId session, bool is_new, std::uint64_t open_from,
                                    const std::vector<std::uint64_t>& held, StoreTime now) {
  Renewal renewal;
  const auto known = std::find_if(data_.sessions.begin(), data_.sessions.end(),
                                  [session](const Session& s) { return s.id == session; });
  if (known != data_.sessions.end()) {
    if (known->deadline <= now) return renewal;
    known->deadline = now + settings_.lease;
  } else if (is_new) {
    data_.sessions.push_back({session, now + settings_.lease, false});
  } else {
    return renewal;
  }
  renewal.is_known = true;
  renewal.lost = held;
  for (JobNumber job = 0; job < data_.jobs.size(); ++job) {
    const Stored& stored = data_.jobs[job];
    if (stored.session != session) continue;
    const auto named = std::find(renewal.lost.begin(), renewal.lost.end(), stored.job.lease);
    if (named != renewal.lost.end()) {
      renewal.lost.erase(named);
    } else if (stored.claim < open_from && settings_.bug != Bug::NoOrphanSweep) {
      (void)settle(job, Release{stored.job.lease}, 0, now);
    }
  }
  return renewal;
}

bool FakeStore::end_soon(SessionId session) {
  const auto known = std::find_if(data_.sessions.begin(), data_.sessions.end(),
                                  [session](const Session& s) { return s.id == session; });
  if (known == data_.sessions.end()) return false;
  known->ends_soon = settings_.bug != Bug::ChargesTheEnding;
  return true;
}

Result<Step> FakeStore::decide(const Job& before, const Change& change, StoreTime now) const {
  Job known = before;
  const bool is_overlooked = settings_.bug == Bug::ZeroIsNever && before.not_after <= StoreTime{0};
  if (is_overlooked) known.not_after.reset();
  auto next = step(known, change, now, settings_.rules);
  if (next && is_overlooked && !std::holds_alternative<Redrive>(change)) {
    next->job.not_after = before.not_after;
  }
  return next;
}

Result<State> FakeStore::settle(JobNumber number, const Change& change, std::uint64_t result,
                                StoreTime now) {
  Stored& stored = data_.jobs.at(number);
  if (!stored.exists) return fail(Errc::NotFound, "settle");
  if (settings_.bug == Bug::NoCompareAndSet && std::holds_alternative<Complete>(change)) {
    Job done = stored.job;
    done.state = State::Done;
    done.lease = 0;
    store(number, done, result);
    return State::Done;
  }
  EVALX_TRY(Step next, decide(stored.job, change, now));
  if (settings_.bug == Bug::ForgivesDeaths && std::holds_alternative<LoseWorker>(change)) {
    next.job.deaths = 0;
    next.job.state = State::Queued;
  }
  if (std::holds_alternative<Retry>(change)) stored.failed_on.push_back(stored.session);
  if (is_terminal(next.job.state) || is_terminal(stored.job.state)) stored.failed_on.clear();
  store(number, next.job, result);
  return next.job.state;
}

Result<> FakeStore::save(JobNumber number, std::uint64_t lease, std::uint64_t part) {
  Stored& stored = data_.jobs.at(number);
  const bool is_holder = stored.job.state == State::Leased && stored.job.lease == lease;
  if (!is_holder && settings_.bug != Bug::SavesForAnyone) return fail(Errc::LeaseLost, "save");
  stored.parts.push_back(part);
  return {};
}

void FakeStore::store(JobNumber number, const Job& job, std::uint64_t result) {
  Stored& stored = data_.jobs.at(number);
  stored.job = job;
  stored.session = 0;
  stored.result = is_terminal(job.state) ? result : 0;
  if (is_terminal(job.state) && settings_.bug != Bug::KeepsCheckpoints) stored.parts.clear();
  if (job.state != State::Queued) return;
  (job.not_before ? data_.resting : data_.hints).push_back(number);
}

void FakeStore::tick(StoreTime now) {
  for (std::size_t i = 0; i < data_.sessions.size();) {
    if (now < data_.sessions[i].deadline) {
      ++i;
      continue;
    }
    const SessionId session = data_.sessions[i].id;
    for (JobNumber job = 0; job < data_.jobs.size(); ++job) {
      const Stored& stored = data_.jobs[job];
      if (stored.session != session) continue;
      const std::uint64_t lease = stored.job.lease;
      const bool was_ending = data_.sessions[i].ends_soon;
      (void)settle(job, was_ending ? Change{Release{lease}} : Change{LoseWorker{lease}}, 1, now);
    }
    data_.sessions.erase(data_.sessions.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (JobNumber job = 0; job < data_.jobs.size(); ++job) {
    const bool is_ahead = settings_.bug == Bug::ExpiresEarly;
    (void)settle(job, Expire{}, kExpiredResult, is_ahead ? now + std::chrono::seconds{5} : now);
  }
  const auto rested =
      std::stable_partition(data_.resting.begin(), data_.resting.end(),
                            [&](JobNumber job) { return data_.jobs.at(job).job.not_before > now; });
  data_.hints.insert(data_.hints.end(), rested, data_.resting.end());
  data_.resting.erase(rested, data_.resting.end());
}

void FakeStore::reconcile() {
  if (settings_.bug == Bug::NoReconciler) return;
  const auto is_in = [](const std::vector<JobNumber>& list, JobNumber job) {
    return std::find(list.begin(), list.end(), job) != list.end();
  };
  for (JobNumber job = 0; job < data_.jobs.size(); ++job) {
    const Stored& stored = data_.jobs[job];
    if (!stored.exists || stored.job.state != State::Queued) continue;
    if (is_in(data_.hints, job) || is_in(data_.resting, job)) continue;
    (stored.job.not_before ? data_.resting : data_.hints).push_back(job);
  }
}

void FakeStore::double_hint(std::size_t random) {
  data_.hints.push_back(static_cast<JobNumber>(random % data_.jobs.size()));
}

void FakeStore::drop_hints() {
  data_.hints.clear();
  data_.resting.clear();
}

void FakeStore::crash(StoreTime now) {
  const std::size_t jobs = data_.jobs.size();
  data_ = synced_;
  data_.jobs.resize(jobs);
  for (Session& session : data_.sessions) session.deadline = now + settings_.lease;
}

FakeStore::Figures FakeStore::figures() const {
  Figures figures;
  figures.accepted = data_.accepted;
  for (const Stored& job : data_.jobs) {
    if (!job.exists) continue;
    ++(is_terminal(job.job.state) ? figures.ended : figures.open);
  }
  return figures;
}

}  // namespace evalx::queue::simulation
