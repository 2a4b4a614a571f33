#include "queue/sqlite/erasing.hpp"

namespace evalx::queue::sqlite {

EraseJob::EraseJob(std::string token, Answer answer)
    : token_(std::move(token)), answer_(std::move(answer)) {}

Result<> EraseJob::run(JobTable& table, Batch& /*batch*/) {
  outcome_ = {};
  EVALX_TRY(const auto row, table.look_up(token_));
  if (!row || !is_terminal(row->job.state)) {
    EVALX_TRY(const bool was_evicted, table.evictions().forget(token_));
    if (!was_evicted) outcome_ = fail(Errc::NotFound, "erase", token_);
    return {};
  }
  return table.erase(row->id);
}

void EraseJob::settle(Jobs& jobs) {
  if (outcome_) jobs.streams().drop(token_);
}

}  // namespace evalx::queue::sqlite
