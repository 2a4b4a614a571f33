#pragma once
// ExpireJobs: ends overdue jobs, as one operation of the writer.

#include <functional>
#include <string>
#include <vector>

#include "queue/sqlite/operations.hpp"

namespace evalx::queue::sqlite {

class ExpireJobs final : public Operation {
 public:
  using ResultOf = std::function<std::string(const Record&)>;
  /// `done` is called once on the writer's thread, whether the jobs' ends were stored or not.
  ExpireJobs(std::vector<Backlog::Waiting> overdue, ResultOf result_of, std::function<void()> done);

  [[nodiscard]] Kind kind() const override { return Kind::Publish; }
  [[nodiscard]] Bytes size() const override;
  Result<> run(JobTable& table, Batch& batch) override;
  void settle(Jobs& jobs) override;
  void answer() override { done_(); }
  void refuse(const Error&) override { done_(); }

 private:
  struct Ended {
    JobRow before;
    std::string token;
    Step step;
  };
  Result<> run_one(const Backlog::Waiting& overdue, JobTable& table, Batch& batch);

  std::vector<Backlog::Waiting> overdue_;
  ResultOf result_of_;
  std::function<void()> done_;
  std::vector<Ended> ended_;
};

}  // namespace evalx::queue::sqlite
