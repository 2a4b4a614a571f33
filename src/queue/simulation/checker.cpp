#include "queue/simulation/checker.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "queue/simulation/answer_check.hpp"
#include "queue/simulation/checkpoint_check.hpp"
#include "queue/simulation/stream_check.hpp"

namespace evalx::queue::simulation {
namespace {

using Kind = Event::Kind;

struct Run {
  StoreTime asked{}, begin{}, end = StoreTime::max();
  std::string worker;
  std::uint64_t lease = 0;
};

struct KnownJob {
  bool is_accepted = false;
  std::optional<std::uint64_t> result;
  std::vector<Run> runs;
  const Event* stored = nullptr;
  std::optional<StoreTime> not_after;  ///< If it has a limit, and that is known.
  bool is_redriven = false;
};

class Check {
 public:
  Check(const History& history, const Promises& promises)
      : history_(history), promises_(promises) {}

  Violations all() {
    for (const Event& event : history_) {
      if (event.kind == Kind::Lost) lost_.push_back({asked(event), event.time});
    }
    for (const Event& event : history_) take(event);
    for (const auto& [token, job] : jobs_) {
      if (job.is_accepted && (job.stored == nullptr || !is_terminal(job.stored->state))) {
        report("I1", token, job.stored == nullptr ? "was accepted and is lost" : "has not ended");
      }
      check_overlap(token, job);
    }
    return std::move(violations_);
  }

 private:
  struct Window {
    StoreTime from, to;
  };

  void report(std::string_view invariant, const std::string& subject, std::string_view what) {
    violations_.push_back(std::string(invariant) + " " + subject + " " + std::string(what));
  }
  /// Whether the store may have lost an action between these times later.
  [[nodiscard]] bool is_lost(StoreTime asked, StoreTime answered) const {
    return std::any_of(lost_.begin(), lost_.end(),
                       [&](const Window& w) { return w.from <= answered && asked <= w.to; });
  }
  static StoreTime asked(const Event& event) { return event.at.value_or(event.time); }

  void take(const Event& event) {
    switch (event.kind) {
      case Kind::Accepted:
        if (is_lost(asked(event), event.time)) return;
        jobs_[event.job].is_accepted = true;
        jobs_[event.job].not_after = event.not_after;
        return name_key(event);
      case Kind::Granted:
        if (!leases_.insert(event.lease).second) report("I4", event.job, "got a lease used before");
        return;
      case Kind::Started:
        if (event.time > fence_of(event.worker, event.time)) {
          report("I4", event.job, "was started by a worker past its fence");
        }
        check_in_time(event);
        jobs_[event.job].runs.push_back(
            {asked(event), event.time, StoreTime::max(), event.worker, event.lease});
        return;
      case Kind::Stopped:
        return stop(event);
      case Kind::Published:
      case Kind::Seen:
        return know(event);
      case Kind::Renewed:
        renewed_[event.worker].insert(asked(event));
        return;
      case Kind::Redriven:
        jobs_[event.job].result.reset();
        jobs_[event.job].is_redriven = true;
        return;
      case Kind::Lost:
      case Kind::Saving:
      case Kind::Saved:
      case Kind::Resumed:
      case Kind::Refused:
      case Kind::Answered:
      case Kind::Opened:
      case Kind::Streamed:
      case Kind::Left:
      case Kind::Judged:
        return;
      case Kind::Counted:
        if (event.accepted != event.ended + event.open) {
          report("I8", "figures", "do not add up: " + to_line(event));
        }
        return;
      case Kind::Stored:
        return take_stored(event);
    }
  }

  void name_key(const Event& event) {
    if (event.key.empty()) return;
    const auto [known, is_new] = keys_.try_emplace(event.key, event.job);
    if (!is_new && known->second != event.job) {
      report("I3", event.key, "names " + known->second + " and " + event.job);
    }
  }

  void check_in_time(const Event& event) {
    const KnownJob& job = jobs_[event.job];
    if (job.is_redriven || !job.not_after || asked(event) < *job.not_after) return;
    if (is_lost(asked(event), event.time)) return;
    report("I13", event.job, "was begun when it was too late: " + to_line(event));
  }

  void stop(const Event& event) {
    auto& runs = jobs_[event.job].runs;
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
      if (run->lease == event.lease && run->worker == event.worker) {
        run->end = std::min(run->end, event.time);
        return;
      }
    }
  }

  void know(const Event& event) {
    if (is_lost(asked(event), event.time)) return;
    KnownJob& job = jobs_[event.job];
    if (job.result && *job.result != event.result) {
      report("I2", event.job, "changed its result: " + to_line(event));
    }
    job.result = event.result;
    const bool is_early = job.not_after && event.time < *job.not_after;
    if (event.state == State::Expired && !job.is_redriven && is_early) {
      report("I13", event.job, "has expired before its time: " + to_line(event));
    }
  }

  void take_stored(const Event& event) {
    KnownJob& job = jobs_[event.job];
    if (job.stored != nullptr) report("I1", event.job, "is stored twice");
    job.stored = &event;
    name_key(event);
    if (is_terminal(event.state)) know(event);
    const unsigned attempts_max = promises_.rules.max_attempts + promises_.rules.max_deaths - 1;
    if (event.attempt > attempts_max) {
      report("I9", event.job, "has had " + std::to_string(event.attempt) + " attempts");
    }
  }

  /// The fence of a program that the worker started at `begin`. A renewal beyond it begins a new
  /// session, without the earlier jobs.
  [[nodiscard]] StoreTime fence_of(const std::string& worker, StoreTime begin) const {
    const auto found = renewed_.find(worker);
    if (found == renewed_.end()) return StoreTime::max();
    StoreTime fence = *found->second.begin() + promises_.fence;
    for (const StoreTime at : found->second) {
      if (at > std::max(begin, fence)) break;
      fence = at + promises_.fence;
    }
    return fence;
  }

  void check_overlap(const std::string& token, const KnownJob& job) {
    // By now all renewals are known.
    std::vector<Run> runs = job.runs;
    for (Run& run : runs) run.end = std::min(run.end, fence_of(run.worker, run.begin));
    std::sort(runs.begin(), runs.end(),
              [](const Run& a, const Run& b) { return a.begin < b.begin; });
    for (std::size_t i = 1; i < runs.size(); ++i) {
      const Run& first = runs[i - 1];
      const Run& second = runs[i];
      const bool was_lost =
          is_lost(first.asked, first.begin) || is_lost(second.asked, second.begin);
      if (second.begin < first.end && !was_lost) {
        report("I4", token, "runs on " + first.worker + " and on " + second.worker);
      }
    }
  }

  const History& history_;
  const Promises& promises_;
  std::vector<Window> lost_;
  std::map<std::string, KnownJob> jobs_;
  std::map<std::string, std::string> keys_;
  std::map<std::string, std::set<StoreTime>> renewed_;  ///< By worker.
  std::set<std::uint64_t> leases_;
  Violations violations_;
};

}  // namespace

Violations check(const History& history, const Promises& promises) {
  Violations violations = Check{history, promises}.all();
  for (Violations more : {check_checkpoints(history), check_streams(history),
                          check_answers(history, promises.retention)}) {
    std::move(more.begin(), more.end(), std::back_inserter(violations));
  }
  return violations;
}

}  // namespace evalx::queue::simulation
