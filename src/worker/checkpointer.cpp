#include "worker/checkpointer.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "base/timer.hpp"
#include "submission/encode.hpp"
#include "worker/kept_tests.hpp"

namespace evalx::worker {
namespace {

using submission::TestReport;
using Instant = std::chrono::steady_clock::time_point;

/// Bounds of one call, so that encoding it does not block the loop. A single test may be larger.
constexpr std::uint64_t kOutputPerCall = std::uint64_t{1} << 20;
constexpr std::size_t kTestsPerCall = 4096;

}  // namespace

/// Outlives the Checkpointer while a call to the queue is under way.
class Checkpointer::Saver : public std::enable_shared_from_this<Saver> {
 public:
  Saver(const Executor& executor, queue::Work& queue, queue::LeaseId id, CheckpointRules rules,
        Spawn spawn)
      : queue_(queue), id_(std::move(id)), rules_(rules), spawn_(std::move(spawn)) {
    timer_.emplace(executor);
  }

  void begin(ProgramName program) {
    program_ = std::move(program);
    next_ = std::chrono::steady_clock::now() + rules_.after;
  }
  /// Saves an empty checkpoint at once: the parts that were saved for another program are obsolete.
  void begin_anew() {
    next_ = {};
    is_due_ = true;
    consider();
  }
  void add(const TestReport& report) {
    if (has_ended_) return;
    waiting_.push_back(&report);
    consider();
  }
  void end() {
    has_ended_ = true;
    waiting_.clear();
    under_way_.clear();
    timer_.reset();
    program_ = {};
  }

 private:
  void consider();
  void wake_at(Instant time);
  [[nodiscard]] std::string take_part();
  static Task<> save(std::shared_ptr<Saver> self);
  void saved(const Result<>& outcome);

  queue::Work& queue_;
  const queue::LeaseId id_;
  const CheckpointRules rules_;
  const Spawn spawn_;
  std::optional<Timer> timer_;
  ProgramName program_;
  std::string name_;  ///< The program's; empty until the first save.
  Instant next_;      ///< No save starts before this.
  Instant interval_ends_{};
  std::optional<Instant> wakes_at_;
  std::vector<const TestReport*> waiting_, under_way_;
  bool is_due_ = false;
  bool is_saving_ = false;
  bool has_ended_ = false;
};

void Checkpointer::Saver::consider() {
  if (has_ended_ || is_saving_ || (waiting_.empty() && !is_due_)) return;
  const Instant now = std::chrono::steady_clock::now();
  const bool is_time = is_due_ || waiting_.size() >= rules_.tests || now >= interval_ends_;
  if (now < next_ || !is_time) return wake_at(std::max(next_, interval_ends_));
  is_saving_ = true;
  spawn_(save(shared_from_this()));
}

void Checkpointer::Saver::wake_at(Instant time) {
  if (wakes_at_ && *wakes_at_ <= time) return;
  wakes_at_ = time;
  timer_->expires_at(time);
  timer_->async_wait([weak = weak_from_this()](const boost::system::error_code& moved) {
    const auto self = weak.lock();
    if (moved || !self) return;
    self->wakes_at_.reset();
    self->consider();
  });
}

std::string Checkpointer::Saver::take_part() {
  if (name_.empty()) name_ = program_();
  submission::Checkpoint part;
  part.program = name_;
  std::uint64_t output = 0;
  for (const TestReport* report : waiting_) {
    if (part.tests.size() >= kTestsPerCall || output > kOutputPerCall) break;
    output += report->out.head.size() + report->err.head.size();
    part.tests.push_back(*report);
  }
  const auto taken = waiting_.begin() + static_cast<std::ptrdiff_t>(part.tests.size());
  under_way_.assign(waiting_.begin(), taken);
  waiting_.erase(waiting_.begin(), taken);
  return submission::encode_checkpoint(part);
}

Task<> Checkpointer::Saver::save(std::shared_ptr<Saver> self) {
  if (self->has_ended_) co_return;
  std::string part = self->take_part();
  if (self->name_.empty())
    co_return self->end();  // The program is unknown: no attempt could resume.
  self->is_due_ = false;
  failpoint("worker.before_checkpoint", {.job = self->id_.token, .lease = self->id_.lease});
  queue::LeaseId id = self->id_;
  const Result<> outcome = co_await self->queue_.checkpoint(std::move(id), std::move(part));
  failpoint("worker.after_checkpoint", {.job = self->id_.token, .lease = self->id_.lease});
  self->is_saving_ = false;
  if (!self->has_ended_) self->saved(outcome);
}

void Checkpointer::Saver::saved(const Result<>& outcome) {
  interval_ends_ = std::chrono::steady_clock::now() + rules_.interval;
  if (!outcome && outcome.error().code != queue::Errc::Unavailable) {
    // The lease is lost, or the checkpoint is full. Later parts would leave a gap.
    log::info("the checkpoint of a job is closed",
              {{"job", id_.token}, {"cause", outcome.error().code.message()}});
    return end();
  }
  if (!outcome) {
    waiting_.insert(waiting_.begin(), under_way_.begin(), under_way_.end());
    next_ = interval_ends_;
  }
  under_way_.clear();
  consider();
}

Checkpointer::Checkpointer(const Executor& executor, queue::Work& queue, queue::Leased& leased,
                           const submission::Submission& submission, CheckpointRules rules,
                           Spawn spawn)
    : queue_(queue),
      leased_(leased),
      parts_(std::exchange(leased.checkpoint, {})),
      tests_(submission.tests.size()),
      is_atomic_(submission.atomic),
      events_(queue, leased.id) {
  // A job of one test has nothing to save: after its last test the result follows at once.
  if (tests_ > 1 && !is_atomic_)
    saver_ = std::make_shared<Saver>(executor, queue, leased.id, rules, std::move(spawn));
}

Checkpointer::~Checkpointer() {
  if (saver_) saver_->end();
}

std::vector<TestReport> Checkpointer::begin(ProgramName program) {
  if (!saver_) return {};
  saver_->begin(program);
  const std::vector<std::string> parts = std::exchange(parts_, {});
  if (parts.empty()) return {};
  auto kept = kept_tests(parts, program(), tests_);
  if (!kept) {  // Later attempts cannot read it either, so that saving more would be useless.
    saver_->end();
    return {};
  }
  if (kept->empty()) {
    saver_->begin_anew();
    return {};
  }
  log::info("a job resumes from its checkpoint",
            {{"job", leased_.id.token}, {"kept", kept->size()}, {"tests", tests_}});
  send_kept(*kept);
  return *std::move(kept);
}

/// Followers of the job have received these tests before, unless its event stream began again.
void Checkpointer::send_kept(const std::vector<TestReport>& kept) {
  if (!leased_.has_events) {
    for (const TestReport& report : kept) events_.tested(report);
    return;
  }
  queue_.progress(leased_.id, "resumed",
                  R"({"attempt":)" + std::to_string(leased_.attempt) + R"(,"kept_tests":)" +
                      std::to_string(kept.size()) + "}");
}

void Checkpointer::tested(const TestReport& report) {
  // Stopped by this worker, which is ending: the test runs again elsewhere.
  const bool is_given_back =
      report.verdict == submission::Verdict::Cancelled && !leased_.cancelled.stop_requested();
  if (is_given_back) return;
  events_.tested(report);
  if (saver_ && is_final(report)) saver_->add(report);
}

}  // namespace evalx::worker
