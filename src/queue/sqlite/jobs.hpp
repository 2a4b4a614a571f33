#pragma once
// Jobs: the open jobs in memory, on the writer's thread, and the figures.

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <unordered_map>
#include <utility>
#include <vector>

#include "queue/machine.hpp"
#include "queue/queue.hpp"
#include "queue/sqlite/backlog.hpp"
#include "queue/sqlite/callback_lanes.hpp"
#include "queue/sqlite/job_table.hpp"
#include "queue/sqlite/streams.hpp"

namespace evalx::queue::sqlite {

/// Updated after each commit; does not use the database itself.
class Jobs {
 public:
  Jobs(const Clock& clock, Figures& figures) : clock_(clock), figures_(figures), streams_({}) {}

  struct Holding {
    JobId id = 0;
    std::uint64_t lease = 0;
    Lane lane = Lane::Normal;
    std::stop_source stop;
    std::optional<Clock::Instant> expires;  ///< Its deadline if it is queued again.
    unsigned attempt = 0;
  };

  void accepted(JobId id, std::optional<Clock::Instant> expires);
  void recovered(const Backlog::Waiting& job) { backlog_.add(job); }
  /// Returns the token by which the holder is asked to stop.
  std::stop_token leased(const Backlog::Waiting& job, const std::string& token, std::uint64_t lease,
                         unsigned attempt);
  /// After the commit of `step`.
  void changed(const JobRow& before, const std::string& token, const Step& step);
  /// Ends the streams of the jobs that have ended. Separate from changed(), so that the caller that
  /// ended a job is answered first.
  void finish_streams();
  void progress(const LeaseId& id, std::string kind, std::string data);
  /// An event was not passed to progress(): the streams of all leased jobs may miss one. From any
  /// thread.
  void progress_was_dropped() { ++dropped_; }
  /// Asks all holders to stop: the queue closes.
  void stop_all();

  /// After the commit of its change. `age`: since its job ended.
  void callback_waits(const std::string& token, const std::string& lane,
                      Clock::WallInstant::duration age, Clock::Instant due);

  Backlog& backlog() { return backlog_; }
  CallbackLanes& callbacks() { return callbacks_; }
  [[nodiscard]] Backlog::Held held() const { return {holdings_.size(), quarantined_ > 0}; }
  Streams& streams() { return streams_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  Figures& figures() { return figures_; }
  /// Brings the published figures up to date.
  void publish();

 private:
  void ended(const std::string& token, State state);
  /// Follows progress_was_dropped().
  void note_dropped();

  const Clock& clock_;
  Figures& figures_;
  Backlog backlog_;
  std::unordered_map<std::string, Holding> holdings_;
  std::size_t quarantined_ = 0;  ///< Jobs of holdings_ in quarantine.
  Streams streams_;
  CallbackLanes callbacks_;
  std::atomic<std::uint64_t> dropped_{0};
  std::uint64_t noted_dropped_ = 0;
  std::vector<std::pair<std::string, State>> ended_;  ///< Their streams have not ended yet.
};

}  // namespace evalx::queue::sqlite
