#pragma once
// Erasing: the operation by which a client deletes a finished job before its retention ends.

#include "queue/sqlite/operations.hpp"

namespace evalx::queue::sqlite {

class EraseJob final : public Operation {
 public:
  using Answer = std::function<void(Result<>)>;
  EraseJob(std::string token, Answer answer);

  /// Also on a full disk: it makes room.
  [[nodiscard]] Kind kind() const override { return Kind::Publish; }
  [[nodiscard]] Bytes size() const override { return {}; }
  Result<> run(JobTable& table, Batch& batch) override;
  void settle(Jobs& jobs) override;
  void answer() override { answer_(std::move(outcome_)); }
  void refuse(const Error& why) override { answer_(tl::make_unexpected(why)); }

 private:
  std::string token_;
  Answer answer_;
  Result<> outcome_;
};

}  // namespace evalx::queue::sqlite
