#pragma once
// Checkpointer: saves the finished tests of a long job for its next attempt, and begins with those
// of the earlier ones.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "queue/work.hpp"
#include "submission/report.hpp"
#include "submission/submission.hpp"
#include "worker/progress_events.hpp"

namespace evalx::worker {

/// When the finished tests of a job are saved.
struct CheckpointRules {
  Milliseconds after{2'000};  ///< Not before its tests have run for so long: small jobs pay none.
  Milliseconds interval{2'000};  ///< Then as often,
  std::size_t tests = 100;       ///< or once so many more have finished.
};

/// The progress of one job: told to its event stream, and saved. Saving delays nothing: one call
/// at a time is under way, and what it comes to is no fault of the job.
class Checkpointer final : public judge::Progress {
 public:
  /// Runs a call to the queue to its end, beside the job.
  using Spawn = std::function<void(Task<>)>;

  /// Takes `leased`'s checkpoint. `leased` must outlive it, `queue` also the calls it spawns.
  Checkpointer(const Executor& executor, queue::Work& queue, queue::Leased& leased,
               const submission::Submission& submission, CheckpointRules rules, Spawn spawn);
  /// When the judging is over: what is under way ends by itself, and nothing more is saved.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  void compiled(const submission::CompileReport& report) override { events_.compiled(report); }
  std::vector<submission::TestReport> begin(ProgramName program) override;
  void tested(const submission::TestReport& report) override;

 private:
  class Saver;

  void tell(const std::vector<submission::TestReport>& kept);

  queue::Work& queue_;
  const queue::Leased& leased_;
  std::vector<std::string> parts_;  ///< Of earlier attempts.
  const std::size_t tests_;
  const bool is_atomic_;
  ProgressEvents events_;
  std::shared_ptr<Saver> saver_;
};

}  // namespace evalx::worker
