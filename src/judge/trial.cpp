#include "judge/trial.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <map>
#include <optional>
#include <utility>

#include "base/assert.hpp"
#include "base/failpoint.hpp"
#include "base/stop_link.hpp"
#include "base/wakeup.hpp"
#include "judge/output_budget.hpp"
#include "judge/test_reports.hpp"

namespace evalx::judge {
namespace {

using Permit = Reservoir::Permit;
using submission::TestReport;
using submission::Verdict;

/// The state of a trial, shared by its coroutines: a recruiter, which waits for one permit at a
/// time, and one lane for each permit, which runs test after test. A trial has only one request in
/// the reservoir's line, so a trial with many tests does not hold up the others.
class Course : public std::enable_shared_from_this<Course> {
 public:
  Course(std::unique_ptr<Examination> examination, Reservoir& reservoir, submission::Policy policy,
         Progress& progress, const Executor& executor)
      : examination_(std::move(examination)),
        reservoir_(reservoir),
        policy_(policy),
        progress_(progress),
        executor_(executor),
        budget_(examination_->tests()),
        reports_(examination_->tests()),
        first_failure_(examination_->tests()) {}

  Task<Result<std::vector<TestReport>>> run(std::stop_token stop);

 private:
  void keep(std::vector<TestReport> finished);
  [[nodiscard]] bool has_more() const;
  [[nodiscard]] bool others_wait() const;
  std::size_t take_index();
  [[nodiscard]] bool is_kept(std::size_t index) const { return !kept_.empty() && kept_[index]; }
  void skip_kept() {
    while (next_ < reports_.size() && is_kept(next_)) ++next_;
  }
  Task<> recruit();
  void start_lane(Permit permit);
  static Task<> lane(std::shared_ptr<Course> self, Permit permit, std::size_t index);
  Task<> run_test(Examiner& examiner, std::size_t index);
  void record(TestReport report);
  void note_failure(std::size_t index);
  void give_up(Error error);
  std::vector<TestReport> conclude();

  std::unique_ptr<Examination> examination_;
  Reservoir& reservoir_;
  submission::Policy policy_;
  Progress& progress_;
  Executor executor_;
  OutputBudget budget_;
  std::vector<std::optional<TestReport>> reports_;
  std::vector<bool> kept_;     ///< Finished by an earlier attempt: not run again. Empty: none.
  std::size_t next_ = 0;       ///< The first test not given to a lane.
  std::size_t reported_ = 0;   ///< FirstFailure: the first test not reported to `progress_`.
  std::size_t first_failure_;  ///< FirstFailure: tests after it need not run.
  std::map<std::size_t, std::stop_source> running_;
  std::size_t lanes_ = 0;
  bool recruiting_ = false;
  std::optional<Error> fault_;
  std::stop_source stop_all_;  ///< Kills what runs.
  std::stop_source stop_recruiter_;
  std::optional<Wakeup> last_lane_ended_;
};

bool Course::has_more() const {
  return next_ < reports_.size() && next_ < first_failure_ && !fault_ &&
         !stop_all_.stop_requested();
}

bool Course::others_wait() const {
  return reservoir_.counters().waiting > (recruiting_ ? 1U : 0U);
}

std::size_t Course::take_index() {
  const std::size_t index = next_++;
  skip_kept();
  if (!has_more()) stop_recruiter_.request_stop();
  return index;
}

/// Charges the outputs of reused reports to the budget. The earlier attempt shortened them by the
/// same rule, so this does not shorten them further.
void Course::keep(std::vector<TestReport> finished) {
  if (finished.empty()) return;
  kept_.resize(reports_.size());
  for (TestReport& report : finished) {
    const std::size_t index = report.index;
    EVALX_ASSERT(index < reports_.size() && !reports_[index]);
    budget_.charge(report.out);
    budget_.charge(report.err);
    const bool failed = report.verdict != Verdict::Accepted;
    if (failed && policy_ == submission::Policy::FirstFailure) note_failure(index);
    reports_[index] = std::move(report);
    kept_[index] = true;
  }
  skip_kept();
}

Task<Result<std::vector<TestReport>>> Course::run(std::stop_token stop) {
  keep(progress_.begin([this] { return examination_->fingerprint(); }));
  const StopLink to_all{std::move(stop), stop_all_};
  const StopLink to_recruiter{stop_all_.get_token(), stop_recruiter_};
  co_await recruit();
  if (lanes_ > 0) {
    last_lane_ended_.emplace(executor_);
    std::stop_token never;
    co_await last_lane_ended_->wait(std::move(never));
  }
  if (fault_) co_return tl::make_unexpected(*std::move(fault_));
  co_return conclude();
}

Task<> Course::recruit() {
  while (has_more()) {
    recruiting_ = true;
    std::stop_token enough = stop_recruiter_.get_token();
    const Demand demand = examination_->demand();
    auto permit = co_await reservoir_.acquire(demand, std::move(enough));
    recruiting_ = false;
    if (!permit) {
      const bool was_stopped = permit.error().code == std::errc::operation_canceled;
      if (!was_stopped) give_up(std::move(permit).error());
      co_return;
    }
    if (has_more()) start_lane(*std::move(permit));
  }
}

void Course::start_lane(Permit permit) {
  ++lanes_;
  asio::co_spawn(executor_, lane(shared_from_this(), std::move(permit), take_index()),
                 [self = shared_from_this()](std::exception_ptr exception) {
                   EVALX_ASSERT(!exception);
                   if (--self->lanes_ == 0 && self->last_lane_ended_) self->last_lane_ended_->set();
                 });
}

Task<> Course::lane(std::shared_ptr<Course> self, Permit permit, std::size_t index) {
  // The examiner's boxes may keep it longer than this lane: until their last process is dead.
  auto held = std::make_shared<const Permit>(std::move(permit));
  auto examiner = self->examination_->examiner(held);
  Microseconds spent{};
  for (unsigned count = 1;; ++count) {
    co_await self->run_test(*examiner, index);
    if (!self->has_more()) break;
    if (self->reports_[index]) spent += self->reports_[index]->wall_time;
    const bool slice_is_over = spent >= kLaneSlice || count >= kLaneSliceTests;
    if (slice_is_over && self->others_wait()) break;
    index = self->take_index();
  }
  failpoint("worker.before_cleanup");
  // The examiner's boxes occupy slots, which belong to the permit.
  examiner.reset();
  held.reset();
}

Task<> Course::run_test(Examiner& examiner, std::size_t index) {
  const std::stop_source own;
  const StopLink link{stop_all_.get_token(), own};
  running_.emplace(index, own);
  std::stop_token stop = own.get_token();
  auto report = co_await examiner.examine(index, std::move(stop));
  running_.erase(index);
  failpoint("worker.mid_tests");
  if (report) {
    record(*std::move(report));
  } else if (index <= first_failure_) {
    give_up(std::move(report).error());
  }
}

void Course::record(TestReport report) {
  if (fault_) return;  // The test was killed because of the fault; the job will be retried.
  const std::size_t index = report.index;
  budget_.charge(report.out);
  budget_.charge(report.err);
  const bool failed = report.verdict != Verdict::Accepted;
  reports_[index] = std::move(report);
  if (policy_ == submission::Policy::All) {
    progress_.tested(*reports_[index]);
    return;
  }
  if (failed) note_failure(index);
  for (; reported_ < reports_.size() && reported_ <= first_failure_ && reports_[reported_];
       ++reported_) {
    if (!is_kept(reported_)) progress_.tested(*reports_[reported_]);
  }
}

/// Tests after a failure are not started, and those that run are killed.
void Course::note_failure(std::size_t index) {
  if (index >= first_failure_) return;
  first_failure_ = index;
  if (!has_more()) stop_recruiter_.request_stop();
  // A copy, because a stop may end a run at once, which changes the map.
  std::vector<std::stop_source> later;
  for (auto run = running_.upper_bound(index); run != running_.end(); ++run) {
    later.push_back(run->second);
  }
  for (const std::stop_source& run : later) run.request_stop();
}

void Course::give_up(Error error) {
  if (!fault_) fault_ = std::move(error);
  stop_all_.request_stop();
}

std::vector<TestReport> Course::conclude() {
  std::vector<TestReport> reports;
  reports.reserve(reports_.size());
  for (std::size_t index = 0; index < reports_.size(); ++index) {
    if (index > first_failure_) {
      reports.push_back(not_run(index, Verdict::Skipped));
    } else if (reports_[index]) {
      reports.push_back(*std::move(reports_[index]));
    } else {
      reports.push_back(not_run(index, Verdict::Cancelled));
    }
  }
  return reports;
}

}  // namespace

Task<Result<std::vector<TestReport>>> run_trial(std::unique_ptr<Examination> examination,
                                                Reservoir& reservoir, submission::Policy policy,
                                                Progress& progress, std::stop_token stop) {
  EVALX_ASSERT(examination->tests() > 0);
  const Executor executor = co_await asio::this_coro::executor;
  const auto course =
      std::make_shared<Course>(std::move(examination), reservoir, policy, progress, executor);
  auto reports = co_await course->run(std::move(stop));
  co_return reports;
}

}  // namespace evalx::judge
