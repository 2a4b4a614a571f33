#include "queue/sqlite/operations.hpp"

#include <sys/random.h>

#include "base/assert.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::chrono::hours kKeysAreRemembered{24};

}  // namespace

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  while (bits == 0) {
    // Eight bytes are never cut short (getrandom(2)); only a kernel without it fails.
    EVALX_ASSERT(::getrandom(&bits, sizeof bits, 0) == sizeof bits);
  }
  return bits;
}

AcceptJobs::AcceptJobs(std::vector<NewJob> jobs, Answer answer)
    : jobs_(std::move(jobs)), answer_(std::move(answer)) {
  for (const NewJob& job : jobs_) size_ += Bytes{job.spec.size()};
}

Result<> AcceptJobs::plan_one(JobTable& table, const Batch& batch, std::size_t index) {
  const NewJob& job = jobs_[index];
  accepted_.push_back({job.token, false});
  if (!job.idempotency) return {};
  const auto settle_key = [&](const std::string& digest, const std::string& token) {
    if (digest != job.idempotency->body_digest) {
      refusal_ = Error{make_error_code(Errc::IdempotencyConflict), "accept"};
    }
    accepted_.back() = {token, true};
  };
  for (std::size_t earlier = 0; earlier < index; ++earlier) {
    const auto& other = jobs_[earlier].idempotency;
    if (!other || other->key != job.idempotency->key) continue;
    settle_key(other->body_digest, accepted_[earlier].token);
    return {};
  }
  EVALX_TRY(const auto known, table.remembered(job.idempotency->key, batch.now));
  if (known) settle_key(known->body_digest, known->token);
  return {};
}

Result<> AcceptJobs::plan(JobTable& table, const Batch& batch) {
  accepted_.clear();
  ids_.clear();
  refusal_.reset();
  std::size_t fresh = 0;
  for (std::size_t index = 0; index < jobs_.size() && !refusal_; ++index) {
    EVALX_TRY_VOID(plan_one(table, batch, index));
    if (!accepted_.back().replayed) ++fresh;
  }
  if (!refusal_ && fresh > 0 && batch.queued + fresh > batch.capacity) {
    refusal_ = Error{make_error_code(Errc::Full), "accept"};
  }
  return {};
}

Result<> AcceptJobs::run(JobTable& table, Batch& batch) {
  EVALX_TRY_VOID(plan(table, batch));
  if (refusal_) return {};
  for (std::size_t index = 0; index < jobs_.size(); ++index) {
    const NewJob& job = jobs_[index];
    if (accepted_[index].replayed) continue;
    EVALX_TRY(const JobId id, table.insert(job, batch.now));
    ids_.push_back(id);
    if (job.idempotency) {
      EVALX_TRY_VOID(
          table.remember(*job.idempotency, job.token, batch.now + kKeysAreRemembered));
    }
  }
  batch.queued += ids_.size();
  return {};
}

void AcceptJobs::settle(Jobs& jobs) {
  if (refusal_) return answer_(tl::make_unexpected(*refusal_));
  for (const JobId id : ids_) jobs.accepted(id);
  answer_(std::move(accepted_));
}

void AcceptJobs::refuse(const Error& why) {
  answer_(tl::make_unexpected(why));
}

ChangeJob::ChangeJob(Change change, LeaseId id, std::string result, Answer answer)
    : change_(change), id_(std::move(id)), result_(std::move(result)), answer_(std::move(answer)) {}

Result<> ChangeJob::run(JobTable& table, Batch& batch) {
  EVALX_TRY(before_, table.look_up(id_.token));
  transition_ = decide(change_, before_, id_.lease, batch.max_attempts);
  if (!transition_) return {};
  if (is_terminal(transition_->to)) {
    EVALX_TRY_VOID(table.finish(before_->id, transition_->to, result_, batch.now));
    if (before_->state == State::Queued && batch.queued > 0) --batch.queued;
    return {};
  }
  ++batch.queued;
  return table.requeue(before_->id, transition_->attempt);
}

void ChangeJob::settle(Jobs& jobs) {
  if (!transition_) {
    if (transition_.error().code == Errc::LeaseLost) ++jobs.figures().lease_lost;
    return answer_(tl::make_unexpected(transition_.error()));
  }
  jobs.changed(*before_, id_.token, change_, *transition_, random_bits());
  answer_(transition_->to);
}

}  // namespace evalx::queue::sqlite
