#pragma once
// Operations: what callers ask the writer to make durable; many share one transaction.

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

/// What the operations of one transaction need to know of it.
struct Batch {
  Clock::WallInstant now;
  StoreTime instant{};     ///< The same, on the clock that does not step.
  std::size_t queued = 0;  ///< Waiting jobs, those of this transaction included.
  std::size_t capacity = 0;
  Rules rules;
  std::string owner;  ///< Who runs the jobs, for the evidence: "epoch 7".
};

class Operation {
 public:
  /// Accepts are refused first when the disk is full: results must still find room.
  enum class Kind { Accept, Publish };

  virtual ~Operation() = default;
  [[nodiscard]] virtual Kind kind() const = 0;
  [[nodiscard]] virtual Bytes size() const = 0;
  /// Inside the transaction; run again if it was rolled back. An Error means that the store
  /// failed: refusals of the queue's own are an outcome.
  virtual Result<> run(JobTable& table, Batch& batch) = 0;
  /// After the commit, once: brings memory up to date.
  virtual void settle(Jobs& jobs) = 0;
  /// After settle, when the figures are published: a caller must find its own job in them.
  virtual void answer() = 0;
  /// Instead of settle and answer.
  virtual void refuse(const Error& why) = 0;
};

/// All of `jobs` or none.
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
  /// What is seen of the jobs of one call; views into them.
  struct Seen {
    std::unordered_map<std::string_view, std::size_t> keys;
    std::unordered_set<std::string_view> tokens;
  };
  /// The refusal of one job ends all; nothing is written before all were looked at.
  Result<> plan(JobTable& table, const Batch& batch);
  Result<> plan_one(JobTable& table, const Batch& batch, std::size_t index, Seen& seen);

  std::vector<NewJob> jobs_;
  Bytes size_;
  Answer answer_;
  std::vector<Accepted> accepted_;  ///< One for each of jobs_.
  struct Fresh {
    JobId id = 0;
    Clock::Instant expires;
  };
  std::vector<Fresh> fresh_;  ///< Those that were new.
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
  Answer answer_;
  std::optional<JobRow> before_;
  Result<Step> step_;
};

}  // namespace evalx::queue::sqlite
