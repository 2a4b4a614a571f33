#pragma once
// Checkpointing: the operation by which a job's holder saves its finished work.

#include "queue/sqlite/operations.hpp"

namespace evalx::queue::sqlite {

class SaveCheckpoint final : public Operation {
 public:
  using Answer = std::function<void(Result<>)>;
  SaveCheckpoint(LeaseId id, std::string part, Answer answer);

  /// On a full disk a checkpoint is refused, as an accept is: no result depends on it.
  [[nodiscard]] Kind kind() const override { return Kind::Accept; }
  [[nodiscard]] Bytes size() const override { return {part_.size()}; }
  Result<> run(JobTable& table, Batch& batch) override;
  void settle(Jobs&) override {}
  void answer() override { answer_(std::move(outcome_)); }
  /// Unavailable even if too many operations wait: the holder can save this part later. Full would
  /// mean that no part fits any more.
  void refuse(const Error& why) override { answer_(fail(Errc::Unavailable, why.what)); }

 private:
  LeaseId id_;
  std::string part_;
  Answer answer_;
  Result<> outcome_;
};

}  // namespace evalx::queue::sqlite
