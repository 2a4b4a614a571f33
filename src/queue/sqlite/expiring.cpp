#include "queue/sqlite/expiring.hpp"

#include "queue/content.hpp"
#include "queue/sqlite/writer.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::size_t kExpiredPerTransaction = 256;
constexpr Bytes kResultSize{512};  // About the size of an expired job's report.

}  // namespace

ExpireJobs::ExpireJobs(std::vector<Backlog::Waiting> overdue, ResultOf result_of,
                       std::function<void()> done)
    : overdue_(std::move(overdue)), result_of_(std::move(result_of)), done_(std::move(done)) {}

Bytes ExpireJobs::size() const {
  return {overdue_.size() * kResultSize.count};
}

Result<> ExpireJobs::run(JobTable& table, Batch& batch) {
  ended_.clear();
  for (const Backlog::Waiting& job : overdue_) {
    EVALX_TRY_VOID(run_one(job, table, batch));
  }
  return {};
}

Result<> ExpireJobs::run_one(const Backlog::Waiting& overdue, JobTable& table, Batch& batch) {
  // A client may have cancelled it in the meantime.
  EVALX_TRY(auto found, table.expiries().waiting(overdue.id));
  if (!found) return {};
  if (overdue.expires) {
    found->job.not_after =
        std::chrono::duration_cast<StoreTime>(overdue.expires->time_since_epoch());
  }
  const auto next = step(found->job, Expire{}, batch.instant, batch.rules);
  if (!next) return {};
  Record record;
  record.token = found->token;
  record.state = next->job.state;
  record.attempt = next->job.attempt;
  record.deaths = next->job.deaths;
  record.accepted_at = found->accepted_at;
  record.ended_at = batch.now;
  const std::string result = result_of_(record);
  EVALX_TRY_VOID(
      table.finish(overdue.id, next->job, result, content_digest(result), batch.now));
  if (batch.queued > 0) --batch.queued;
  ended_.push_back({{overdue.id, found->job}, std::move(found->token), *next});
  return {};
}

void ExpireJobs::settle(Jobs& jobs) {
  for (const Ended& job : ended_) jobs.changed(job.before, job.token, job.step);
}

// Writer: overdue jobs.
void Writer::expire_overdue() {
  if (!is_open() || expiring_) return;
  auto overdue = jobs_.backlog().overdue(clock_.now(), kExpiredPerTransaction);
  if (overdue.empty()) return;
  expiring_ = true;  // If the store refuses them, upkeep() tries again.
  submit(std::make_unique<ExpireJobs>(std::move(overdue), options_.expired_result,
                                      [this] { expiring_ = false; }));
}

}  // namespace evalx::queue::sqlite
