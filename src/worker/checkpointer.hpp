#pragma once
// Checkpointer: saves the finished tests of a long job, and starts from the tests that earlier
// attempts saved.

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
  /// Nothing is saved until the tests have run for this long: small jobs cost nothing.
  Milliseconds after{2'000};
  /// From then on, tests are saved this long after the last save,
  Milliseconds interval{2'000};
  /// or as soon as this many more have finished.
  std::size_t tests = 100;
};

/// The progress of one job: sent to its event stream, and saved. Saving never delays the job and
/// never fails it. At most one save is under way.
class Checkpointer final : public judge::Progress {
 public:
  /// Runs a call to the queue concurrently with the job, until the call ends.
  using Spawn = std::function<void(Task<>)>;

  /// Moves the checkpoint out of `leased`. `leased` must outlive this object, and `queue` must also
  /// outlive the calls that it spawns.
  Checkpointer(const Executor& executor, queue::Work& queue, queue::Leased& leased,
               const submission::Submission& submission, CheckpointRules rules, Spawn spawn);
  /// Nothing more is saved. A save that is under way ends by itself.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  void compiled(const submission::CompileReport& report) override { events_.compiled(report); }
  std::vector<submission::TestReport> begin(ProgramName program) override;
  void tested(const submission::TestReport& report) override;

 private:
  class Saver;

  void send_kept(const std::vector<submission::TestReport>& kept);

  queue::Work& queue_;
  const queue::Leased& leased_;
  std::vector<std::string> parts_;  ///< Saved by earlier attempts.
  const std::size_t tests_;
  const bool is_atomic_;
  ProgressEvents events_;
  std::shared_ptr<Saver> saver_;
};

}  // namespace evalx::worker
