#pragma once
// ProgressEvents: tells a job's event stream what the judge does, without the programs' outputs.

#include "judge/progress.hpp"
#include "queue/work.hpp"

namespace evalx::worker {

/// "compiled" and "test". What changes a job's state ("running", "restarted", "finished") the queue
/// tells by itself.
class ProgressEvents final : public judge::Progress {
 public:
  /// `queue` and `lease` must outlive it.
  ProgressEvents(queue::Work& queue, const queue::LeaseId& lease) : queue_(queue), lease_(lease) {}

  void compiled(const submission::CompileReport& report) override;
  void tested(const submission::TestReport& report) override;

 private:
  queue::Work& queue_;
  const queue::LeaseId& lease_;
};

}  // namespace evalx::worker
