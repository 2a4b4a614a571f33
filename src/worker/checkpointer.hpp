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
  /// Nothing is saved until the tests have run for this long, so that short jobs cost nothing.
  Milliseconds after{2'000};
  /// Then finished tests are saved when this time has passed since the last save, or
  Milliseconds interval{2'000};
  /// when this number of tests has finished since.
  std::size_t tests = 100;
};

/// Receives the progress of one job on the worker's thread. Sends it to the job's event stream, and
/// saves it. A save neither delays the job nor makes it fail. At most one save is under way.
class Checkpointer final : public judge::Progress {
 public:
  /// Runs a call to the queue concurrently with the job, until the call ends.
  using Spawn = std::function<void(Task<>)>;

  /// Moves the checkpoint out of `leased`, which must outlive this object. `queue` must outlive
  /// this object and the calls that it spawns.
  Checkpointer(const Executor& executor, queue::Work& queue, queue::Leased& leased,
               const submission::Submission& submission, CheckpointRules rules, Spawn spawn);
  /// Does not wait for a save that is under way. No other save begins.
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
