#pragma once
// CallbackOperations: changes of callbacks that callers ask the writer for.

#include <functional>
#include <optional>
#include <string>

#include "queue/callbacks.hpp"
#include "queue/sqlite/operations.hpp"

namespace evalx::queue::sqlite {

/// Changes the callback of one job, by a function of callback.hpp.
class ChangeCallback final : public Operation {
 public:
  using Decide = std::function<Result<Callback>(const Callback& before, StoreTime now)>;
  using Answer = std::function<void(Result<>)>;
  /// `words` are stored with the change, if there are any. `missing` is the error if the job has no
  /// callback.
  ChangeCallback(std::string token, Decide decide, std::optional<std::string> words, Errc missing,
                 Answer answer);

  [[nodiscard]] Kind kind() const override { return Kind::Publish; }
  [[nodiscard]] Bytes size() const override { return {0}; }
  Result<> run(JobTable& table, Batch& batch) override;
  void settle(Jobs& jobs) override;
  void answer() override { answer_(std::move(outcome_)); }
  void refuse(const Error& why) override { answer_(tl::make_unexpected(why)); }

 private:
  const std::string token_;
  const Decide decide_;
  const std::optional<std::string> words_;
  const Errc missing_;
  const Answer answer_;
  Result<> outcome_;
  CallbackTable::Stored changed_;  ///< If `outcome_` is a success.
  Clock::WallInstant now_;
};

/// Deletes the callback of one job.
class WithdrawCallback final : public Operation {
 public:
  using Answer = std::function<void(Result<>)>;
  WithdrawCallback(std::string token, Answer answer)
      : token_(std::move(token)), answer_(std::move(answer)) {}

  [[nodiscard]] Kind kind() const override { return Kind::Publish; }
  [[nodiscard]] Bytes size() const override { return {0}; }
  Result<> run(JobTable& table, Batch& batch) override;
  void settle(Jobs&) override {}
  void answer() override { answer_(std::move(outcome_)); }
  void refuse(const Error& why) override { answer_(tl::make_unexpected(why)); }

 private:
  const std::string token_;
  const Answer answer_;
  Result<> outcome_;
};

}  // namespace evalx::queue::sqlite
