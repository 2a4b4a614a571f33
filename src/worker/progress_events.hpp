#pragma once
// ProgressEvents: sends the judge's progress to a job's event stream, without programs' outputs.

#include "judge/progress.hpp"
#include "queue/work.hpp"

namespace evalx::worker {

/// Sends the events "compiled" and "test", on the worker's thread. The queue itself adds the events
/// that change a job's state: "queued", "running", "restarted", "finished".
class ProgressEvents final : public judge::Progress {
 public:
  /// `queue` and `lease` must outlive this object.
  ProgressEvents(queue::Work& queue, const queue::LeaseId& lease) : queue_(queue), lease_(lease) {}

  void compiled(const submission::CompileReport& report) override;
  void tested(const submission::TestReport& report) override;

 private:
  queue::Work& queue_;
  const queue::LeaseId& lease_;
};

}  // namespace evalx::worker
