#pragma once
// Operations: changes that callers ask the writer for; many share one transaction.

#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/bytes.hpp"
#include "queue/sqlite/job_table.hpp"
#include "queue/sqlite/jobs.hpp"

namespace evalx::queue::sqlite {

/// The transaction, as its operations see it.
struct Batch {
  Clock::WallInstant now;
  Clock::WallInstant careful_date;  ///< See RetentionGuard: decides which keys are forgotten.
  StoreTime instant{};              ///< The same, on the monotonic clock.
  std::size_t queued = 0;           ///< Queued jobs, including those of this transaction.
  std::size_t capacity = 0;
  Rules rules;
  std::string owner;          ///< The worker named in failures: "epoch 7".
  bool may_call_back = true;  ///< False: too many callbacks wait for new jobs to have one.
};

class Operation {
 public:
  /// On a full disk only operations of kind Accept are refused: results need the rest of the space.
  enum class Kind { Accept, Publish };

  virtual ~Operation() = default;
  [[nodiscard]] virtual Kind kind() const = 0;
  [[nodiscard]] virtual Bytes size() const = 0;
  /// Inside the transaction; runs again if it was rolled back. An Error means that the store
  /// failed. The queue's own refusals, e.g. LeaseLost, are not Errors here: answer() returns them.
  virtual Result<> run(JobTable& table, Batch& batch) = 0;
  /// After the commit, once: updates the jobs in memory.
  virtual void settle(Jobs& jobs) = 0;
  /// After settle(), when the figures are published, so that a caller finds its own job in them.
  virtual void answer() = 0;
  /// Instead of settle() and answer().
  virtual void refuse(const Error& why) = 0;
};

/// Accepts all of `jobs` or none.
class AcceptJobs final : public Operation {
 public:
  using Answer = std::function<void(Result<std::vector<Accepted>>)>;
  AcceptJobs(std::vector<NewJob> jobs, Answer answer);

  [[nodiscard]] Kind kind() const override { return Kind::Accept; }
  [[nodiscard]] Bytes size() const override { return size_; }
  Result<> run(JobTable& table, Batch& batch) override;
  void settle(Jobs& jobs) override;
  void answer() override;
  void refuse(const Error& why) override;

 private:
  /// Keys and tokens within one call; views into its jobs.
  struct Seen {
    std::unordered_map<std::string_view, std::size_t> keys;
    std::unordered_set<std::string_view> tokens;
  };
  /// One refused job refuses all; nothing is written before all are checked.
  Result<> plan(JobTable& table, const Batch& batch);
  Result<> plan_one(JobTable& table, const Batch& batch, std::size_t index, Seen& seen);

  std::vector<NewJob> jobs_;
  std::vector<std::string> digests_;  ///< The digest of each spec.
  Bytes size_;
  Answer answer_;
  std::vector<Accepted> accepted_;  ///< One for each of jobs_.
  struct Fresh {
    JobId id = 0;
    std::optional<Clock::Instant> expires;
  };
  std::vector<Fresh> fresh_;  ///< The jobs that are new.
  std::optional<Error> refusal_;
};

class ChangeJob final : public Operation {
 public:
  using Answer = std::function<void(Result<State>)>;
  ChangeJob(Change change, std::string token, Words words, Answer answer);

  [[nodiscard]] Kind kind() const override { return Kind::Publish; }
  [[nodiscard]] Bytes size() const override { return {words_.result.size()}; }
  Result<> run(JobTable& table, Batch& batch) override;
  void settle(Jobs& jobs) override;
  void answer() override;
  void refuse(const Error& why) override { answer_(tl::make_unexpected(why)); }

 private:
  Result<> store(JobTable& table, Batch& batch);

  Change change_;
  std::string token_;
  Words words_;
  std::string digest_;  ///< The digest of the result.
  Answer answer_;
  std::optional<JobRow> before_;
  Result<Step> step_;
};

}  // namespace evalx::queue::sqlite
