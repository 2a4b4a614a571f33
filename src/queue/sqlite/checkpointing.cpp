#include "queue/sqlite/checkpointing.hpp"

namespace evalx::queue::sqlite {

SaveCheckpoint::SaveCheckpoint(LeaseId id, std::string part, Answer answer)
    : id_(std::move(id)), part_(std::move(part)), answer_(std::move(answer)) {}

Result<> SaveCheckpoint::run(JobTable& table, Batch& /*batch*/) {
  outcome_ = check_part(part_);
  if (!outcome_) return {};
  EVALX_TRY(const auto row, table.look_up(id_.token));
  if (!row || row->job.state != State::Leased || row->job.lease != id_.lease) {
    outcome_ = fail(Errc::LeaseLost, "checkpoint", id_.token);
    return {};
  }
  EVALX_TRY(const bool fits, table.checkpoints().add(id_.token, part_));
  if (!fits) outcome_ = fail(Errc::Full, "checkpoint", id_.token);
  return {};
}

}  // namespace evalx::queue::sqlite
