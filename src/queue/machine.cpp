#include "queue/machine.hpp"

#include <algorithm>

namespace evalx::queue {
namespace {

/// One overload for each change. `job` starts as the stored job and becomes the next one.
struct Decide {
  Job job;
  StoreTime now;
  const Rules& rules;

  [[nodiscard]] bool is_held_by(std::uint64_t lease) const {
    return job.state == State::Leased && lease != 0 && job.lease == lease;
  }
  Step to(State state, bool stops_holder = false) {
    job.state = state;
    job.lease = 0;
    job.not_before.reset();
    return {job, stops_holder};
  }

  Result<Step> operator()(const Grant& change) {
    if (is_terminal(job.state)) return fail(Errc::Finished, "lease");
    if (job.state == State::Queued && is_overdue(job, now)) return to(State::Expired);
    if (job.state != State::Queued) return fail(Errc::LeaseLost, "lease");
    if (job.not_before && *job.not_before > now && !change.is_elsewhere)
      return fail(Errc::LeaseLost, "lease");
    to(State::Leased);
    ++job.attempt;
    job.lease = change.lease;
    return Step{job};
  }
  Result<Step> operator()(const Complete& change) {
    if (!is_held_by(change.lease)) return fail(Errc::LeaseLost, "complete");
    return to(State::Done);
  }
  Result<Step> operator()(const Release& change) {
    if (!is_held_by(change.lease)) return fail(Errc::LeaseLost, "release");
    --job.attempt;
    return to(State::Queued);
  }
  Result<Step> operator()(const Retry& change) {
    if (!is_held_by(change.lease)) return fail(Errc::LeaseLost, "retry");
    const unsigned faults = job.attempt - job.deaths;
    if (faults >= rules.max_attempts) return to(State::Dead);
    to(State::Queued);
    job.not_before = now + back_off(faults, change.random, rules);
    return Step{job};
  }
  Result<Step> operator()(const Reject& change) {
    if (!is_held_by(change.lease)) return fail(Errc::LeaseLost, "reject");
    return to(State::Dead);
  }
  Result<Step> operator()(const LoseWorker& change) {
    if (!is_held_by(change.lease)) return fail(Errc::LeaseLost, "lose worker");
    // The holder may still live without a connection: it must stop, and its result is refused.
    ++job.deaths;
    const unsigned counted = job.deaths - std::min(change.old_deaths, job.deaths - 1);
    return to(counted >= rules.max_deaths ? State::Dead : State::Queued, true);
  }
  Result<Step> operator()(const Cancel&) { return end(State::Cancelled, "cancel"); }
  Result<Step> operator()(const Condemn&) { return end(State::Dead, "condemn"); }
  Result<Step> operator()(const Expire&) {
    if (is_terminal(job.state)) return fail(Errc::Finished, "expire");
    if (job.state != State::Queued || !is_overdue(job, now)) {
      return fail(Errc::NotFound, "expire a job that is not overdue");
    }
    return to(State::Expired);
  }
  Result<Step> operator()(const Redrive&) {
    if (job.state != State::Dead) return fail(Errc::NotFound, "redrive a job that is not dead");
    // A job that lost workers stays in quarantine, and its next death is its last.
    job.deaths = std::min(job.deaths, rules.max_deaths - 1);
    job.attempt = job.deaths;
    job.not_after.reset();  // The client's limit does not bind the operator.
    return to(State::Queued);
  }

  Result<Step> end(State state, std::string_view what) {
    if (is_terminal(job.state)) return fail(Errc::Finished, what);
    return to(state, job.state == State::Leased);
  }
};

}  // namespace

std::uint64_t lease_of(const Change& change) {
  return std::visit(
      [](const auto& each) -> std::uint64_t {
        if constexpr (requires { each.lease; }) return each.lease;
        return 0;
      },
      change);
}

Result<Step> step(const Job& before, const Change& change, StoreTime now, const Rules& rules) {
  return std::visit(Decide{before, now, rules}, change);
}

}  // namespace evalx::queue
