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
#include "judge/compare.hpp"
#include "judge/execution.hpp"
#include "judge/fingerprint.hpp"
#include "judge/output_budget.hpp"
#include "judge/test_reports.hpp"
#include "judge/verdict.hpp"

namespace evalx::judge {
namespace {

using Permit = Reservoir::Permit;
using sandbox::Outcome;
using submission::TestReport;
using submission::Verdict;

/// The state of a trial, shared by its coroutines: a recruiter, which waits in the reservoir's line
/// for one permit at a time, and the lanes it starts with them, each of which runs test after test.
/// Since a trial stands in line only once, those of many tests do not crowd out the others.
class Course : public std::enable_shared_from_this<Course> {
 public:
  Course(sandbox::Sandbox& sandbox, Reservoir& reservoir, Trial trial, Progress& progress,
         const Executor& executor)
      : sandbox_(sandbox),
        reservoir_(reservoir),
        trial_(std::move(trial)),
        progress_(progress),
        executor_(executor),
        budget_(trial_.tests.size()),
        reports_(trial_.tests.size()),
        first_failure_(trial_.tests.size()) {}

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
  Task<> run_test(std::unique_ptr<sandbox::Box>& box, std::size_t index);
  Task<Result<Outcome>> run_program(std::unique_ptr<sandbox::Box>& box, sandbox::RunSpec spec);
  sandbox::RunSpec run_spec(std::size_t index, std::stop_token stop);
  Result<TestReport> judge_test(std::size_t index, Result<Outcome> outcome) const;
  void record(TestReport report);
  void note_failure(std::size_t index);
  void give_up(Error error);
  std::vector<TestReport> conclude();

  sandbox::Sandbox& sandbox_;
  Reservoir& reservoir_;
  Trial trial_;
  Progress& progress_;
  Executor executor_;
  OutputBudget budget_;
  std::vector<std::optional<TestReport>> reports_;
  std::vector<bool> kept_;     ///< Of an earlier attempt: not run, not told. Empty: none.
  std::size_t next_ = 0;       ///< The first test not handed out.
  std::size_t told_ = 0;       ///< FirstFailure: the first test not told of.
  std::size_t first_failure_;  ///< FirstFailure: tests behind it need not run.
  std::map<std::size_t, std::stop_source> running_;
  std::size_t lanes_ = 0;
  bool recruiting_ = false;
  std::optional<Error> fault_;
  std::stop_source stop_all_;  ///< Kills what runs.
  std::stop_source stop_recruiter_;
  std::optional<Wakeup> last_lane_ended_;
};

bool Course::has_more() const {
  return next_ < trial_.tests.size() && next_ < first_failure_ && !fault_ &&
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

/// What they keep of their outputs was decided when they ended, and comes to the same now.
void Course::keep(std::vector<TestReport> finished) {
  if (finished.empty()) return;
  kept_.resize(reports_.size());
  for (TestReport& report : finished) {
    const std::size_t index = report.index;
    EVALX_ASSERT(index < reports_.size() && !reports_[index]);
    budget_.charge(report.out);
    budget_.charge(report.err);
    const bool failed = report.verdict != Verdict::Accepted;
    if (failed && trial_.policy == submission::Policy::FirstFailure) note_failure(index);
    reports_[index] = std::move(report);
    kept_[index] = true;
  }
  skip_kept();
}

Task<Result<std::vector<TestReport>>> Course::run(std::stop_token stop) {
  keep(progress_.begin([this] { return fingerprint(trial_); }));
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
    auto permit = co_await reservoir_.acquire(trial_.limits.memory, std::move(enough));
    recruiting_ = false;
    if (!permit) co_return;
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
  std::unique_ptr<sandbox::Box> box;
  Microseconds spent{};
  for (unsigned count = 1;; ++count) {
    co_await self->run_test(box, index);
    if (!self->has_more()) break;
    if (self->reports_[index]) spent += self->reports_[index]->wall_time;
    const bool slice_is_over = spent >= kLaneSlice || count >= kLaneSliceTests;
    if (slice_is_over && self->others_wait()) break;
    index = self->take_index();
  }
  failpoint("worker.before_cleanup");
  // A box takes a slot, and slots go with permits.
  box.reset();
  permit = Permit{};
}

Task<> Course::run_test(std::unique_ptr<sandbox::Box>& box, std::size_t index) {
  const std::stop_source own;
  const StopLink link{stop_all_.get_token(), own};
  running_.emplace(index, own);
  sandbox::RunSpec spec = run_spec(index, own.get_token());
  auto outcome = co_await run_program(box, std::move(spec));
  running_.erase(index);
  failpoint("worker.mid_tests");
  auto report = judge_test(index, std::move(outcome));
  if (report) {
    record(*std::move(report));
  } else if (index <= first_failure_) {
    give_up(std::move(report).error());
  }
}

/// Opens the box if there is none; one that failed us is not used again.
Task<Result<Outcome>> Course::run_program(std::unique_ptr<sandbox::Box>& box,
                                          sandbox::RunSpec spec) {
  if (!box) {
    sandbox::BoxSpec place;
    place.files = trial_.program;
    place.profile = trial_.profile;
    auto opened = co_await sandbox_.open(std::move(place));
    if (!opened) co_return tl::make_unexpected(std::move(opened).error());
    box = *std::move(opened);
  }
  auto outcome = co_await box->run(std::move(spec));
  if (!outcome) box.reset();
  co_return outcome;
}

sandbox::RunSpec Course::run_spec(std::size_t index, std::stop_token stop) {
  submission::Test& test = trial_.tests[index];
  sandbox::RunSpec spec;
  spec.argv = trial_.argv;
  spec.argv.insert(spec.argv.end(), test.args.begin(), test.args.end());
  spec.environment = trial_.environment;
  spec.limits = trial_.limits;
  spec.stdin_bytes = std::move(test.stdin_bytes);  // A test is run once.
  spec.proc = trial_.proc;
  spec.stop = std::move(stop);
  return spec;
}

Result<TestReport> Course::judge_test(std::size_t index, Result<Outcome> outcome) const {
  if (!outcome) {
    if (!is_refused_program(outcome.error()) || !is_own_program(trial_.argv.front())) {
      return tl::make_unexpected(with_packages(std::move(outcome).error(), trial_.packages));
    }
    TestReport report = not_run(index, Verdict::RuntimeError);
    report.message = "the program cannot be started: " + outcome.error().code.message();
    return report;
  }
  const submission::Test& test = trial_.tests[index];
  std::optional<std::string> difference;
  if (test.expected_output && is_to_compare(*outcome)) {
    difference = mismatch(trial_.compare, *test.expected_output, outcome->out.head);
  }
  Decision decision = decide(*outcome, difference);
  return report_of(index, *std::move(outcome), std::move(decision));
}

void Course::record(TestReport report) {
  if (fault_) return;  // It was killed for that; the job will be tried again.
  const std::size_t index = report.index;
  budget_.charge(report.out);
  budget_.charge(report.err);
  const bool failed = report.verdict != Verdict::Accepted;
  reports_[index] = std::move(report);
  if (trial_.policy == submission::Policy::All) {
    progress_.tested(*reports_[index]);
    return;
  }
  if (failed) note_failure(index);
  for (; told_ < reports_.size() && told_ <= first_failure_ && reports_[told_]; ++told_) {
    if (!is_kept(told_)) progress_.tested(*reports_[told_]);
  }
}

/// Tests behind a failure are not started any more, and those that run are killed.
void Course::note_failure(std::size_t index) {
  if (index >= first_failure_) return;
  first_failure_ = index;
  if (!has_more()) stop_recruiter_.request_stop();
  // A copy: what a stop sets off may end a run, and so change the map.
  std::vector<std::stop_source> behind;
  for (auto run = running_.upper_bound(index); run != running_.end(); ++run) {
    behind.push_back(run->second);
  }
  for (const std::stop_source& run : behind) run.request_stop();
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

Task<Result<std::vector<TestReport>>> run_trial(sandbox::Sandbox& sandbox, Reservoir& reservoir,
                                                Trial trial, Progress& progress,
                                                std::stop_token stop) {
  EVALX_ASSERT(!trial.tests.empty());
  const Executor executor = co_await asio::this_coro::executor;
  const auto course =
      std::make_shared<Course>(sandbox, reservoir, std::move(trial), progress, executor);
  auto reports = co_await course->run(std::move(stop));
  co_return reports;
}

}  // namespace evalx::judge
