#include "queue/sqlite/operations.hpp"

#include "queue/content.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::chrono::hours kKeysAreRemembered{24};

}  // namespace

AcceptJobs::AcceptJobs(std::vector<NewJob> jobs, Answer answer)
    : jobs_(std::move(jobs)), answer_(std::move(answer)) {
  for (const NewJob& job : jobs_) {
    size_ += Bytes{job.spec.size()};
    digests_.push_back(content_digest(job.spec));
  }
}

Result<> AcceptJobs::plan_one(JobTable& table, const Batch& batch, std::size_t index, Seen& seen) {
  const NewJob& job = jobs_[index];
  accepted_.push_back({job.token, false});
  const auto replay = [&](const std::string& digest, const std::string& token) {
    if (digest != job.idempotency->body_digest) {
      refusal_ = Error{make_error_code(Errc::IdempotencyConflict), "accept"};
    }
    accepted_.back() = {token, true};
  };
  if (job.idempotency) {
    const auto [earlier, is_new] = seen.keys.emplace(job.idempotency->key, index);
    if (!is_new) {
      replay(jobs_[earlier->second].idempotency->body_digest, accepted_[earlier->second].token);
      return {};
    }
    EVALX_TRY(const auto known, table.remembered(job.idempotency->key, batch.careful_date));
    if (known) {
      replay(known->body_digest, known->token);
      return {};
    }
  }
  // A duplicate token must not fail the whole transaction, which has other callers' operations.
  EVALX_TRY(const auto taken, table.look_up(job.token));
  if (taken || !seen.tokens.insert(job.token).second) {
    refusal_ = Error{make_error_code(Errc::IdempotencyConflict), "accept " + job.token};
  }
  return {};
}

Result<> AcceptJobs::plan(JobTable& table, const Batch& batch) {
  accepted_.clear();
  fresh_.clear();
  refusal_.reset();
  std::size_t fresh = 0;
  bool calls_back = false;
  Seen seen;
  for (std::size_t index = 0; index < jobs_.size() && !refusal_; ++index) {
    EVALX_TRY_VOID(plan_one(table, batch, index, seen));
    if (accepted_.back().replayed) continue;
    ++fresh;
    calls_back = calls_back || jobs_[index].callback.has_value();
  }
  if (!refusal_ && fresh > 0 && batch.queued + fresh > batch.capacity) {
    refusal_ = Error{make_error_code(Errc::Full), "accept"};
  }
  if (!refusal_ && calls_back && !batch.may_call_back) {
    refusal_ = Error{make_error_code(Errc::Full), "accept: " + std::string{kTooManyCallbacks}};
  }
  return {};
}

Result<> AcceptJobs::run(JobTable& table, Batch& batch) {
  EVALX_TRY_VOID(plan(table, batch));
  if (refusal_) return {};
  for (std::size_t index = 0; index < jobs_.size(); ++index) {
    const NewJob& job = jobs_[index];
    if (accepted_[index].replayed) continue;
    EVALX_TRY(const JobId id, table.insert(job, digests_[index], batch.now));
    fresh_.push_back({id, std::nullopt});
    if (job.expires_after) {
      fresh_.back().expires = Clock::Instant{batch.instant + *job.expires_after};
    }
    if (job.idempotency) {
      EVALX_TRY_VOID(table.remember(*job.idempotency, job.token, batch.now + kKeysAreRemembered));
    }
  }
  batch.queued += fresh_.size();
  if (fresh_.empty()) return {};
  return table.count_accepted(fresh_.size());
}

void AcceptJobs::settle(Jobs& jobs) {
  for (const auto& [id, expires] : fresh_) jobs.accepted(id, expires);
}

void AcceptJobs::answer() {
  if (refusal_) return answer_(tl::make_unexpected(*refusal_));
  answer_(std::move(accepted_));
}

void AcceptJobs::refuse(const Error& why) {
  answer_(tl::make_unexpected(why));
}

ChangeJob::ChangeJob(Change change, std::string token, Words words, Answer answer)
    : change_(change),
      token_(std::move(token)),
      words_(std::move(words)),
      digest_(content_digest(words_.result)),
      answer_(std::move(answer)) {
  words_.cause = bounded_cause(std::move(words_.cause));
}

Result<> ChangeJob::run(JobTable& table, Batch& batch) {
  EVALX_TRY(before_, table.look_up(token_));
  if (!before_) {  // If the job ended and was deleted, its former holder has lost the lease.
    const bool is_holder =
        !std::holds_alternative<Cancel>(change_) && !std::holds_alternative<Redrive>(change_);
    EVALX_TRY(const bool is_evicted, table.evictions().remembers(token_));
    const bool is_gone = is_evicted && std::holds_alternative<Cancel>(change_);
    step_ = fail(is_holder ? Errc::LeaseLost
                 : is_gone ? Errc::Evicted
                           : Errc::NotFound,
                 "change", token_);
    return {};
  }
  step_ = step(before_->job, change_, batch.instant, batch.rules);
  if (!step_) return {};
  return store(table, batch);
}

Result<> ChangeJob::store(JobTable& table, Batch& batch) {
  if (const auto kind = failure_of(change_)) {
    const Failure failure{*kind, step_->job.attempt, words_.cause, batch.owner, batch.now};
    EVALX_TRY_VOID(table.failures().add(token_, failure));
  }
  if (is_terminal(step_->job.state)) {
    if (before_->job.state == State::Queued && batch.queued > 0) --batch.queued;
    return table.finish(before_->id, step_->job, words_.result, digest_, batch.now);
  }
  ++batch.queued;
  if (is_terminal(before_->job.state)) return table.revive(before_->id, step_->job);
  return table.requeue(before_->id, step_->job);
}

void ChangeJob::settle(Jobs& jobs) {
  if (step_) {
    jobs.changed(*before_, token_, *step_);
  } else if (step_.error().code == Errc::LeaseLost) {
    jobs.figures().count_lost(lease_of(change_));
  }
}

void ChangeJob::answer() {
  if (!step_) return answer_(tl::make_unexpected(step_.error()));
  answer_(step_->job.state);
}

}  // namespace evalx::queue::sqlite
