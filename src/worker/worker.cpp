#include "worker/worker.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "base/stop_link.hpp"
#include "base/timer.hpp"
#include "base/wakeup.hpp"
#include "judge/errc.hpp"
#include "queue/failure.hpp"
#include "submission/decode.hpp"
#include "worker/job.hpp"
#include "worker/job_slots.hpp"

namespace evalx::worker {
namespace {

using queue::Leased;
using submission::Report;
using submission::Verdict;

/// Returns after `time`, or once `stop` is requested.
Task<> pause(Executor executor, Milliseconds time, std::stop_token stop) {
  auto timer = std::make_shared<Timer>(executor, time);
  co_await wait_on(std::move(timer), std::move(stop));
}

std::string describe(const submission::FieldErrors& errors) {
  std::string text = "the stored submission cannot be read";
  for (const submission::FieldError& error : errors) {
    text.append("; ").append(error.field).append(" ").append(error.message);
  }
  return text;
}

std::size_t bounded(std::size_t jobs_in_flight) {
  return std::clamp<std::size_t>(jobs_in_flight, 1, kMaxJobsInFlight);
}

}  // namespace

struct Worker::State : std::enable_shared_from_this<State> {
  Executor executor;
  queue::Work& queue;
  JudgeFunction judge;
  Settings settings;
  Publisher publisher;

  std::stop_source stop_leasing;
  std::stop_source kill_jobs;
  JobSlots slots;
  Fitness fitness;
  std::size_t leasing = 0;             ///< Calls of lease() that wait.
  std::optional<Wakeup> none_leasing;  ///< Set when the last of them has ended.
  std::uint64_t attempts = 0;
  std::size_t coroutines = 0;
  std::optional<Wakeup> all_ended;

  State(const Executor& e, queue::Work& q, JudgeFunction j, Settings s, OnPublished on_published)
      : executor(e),
        queue(q),
        judge(std::move(j)),
        settings(std::move(s)),
        publisher(e, q, settings.pause, std::move(on_published)),
        slots(e, bounded(settings.jobs_in_flight), stop_leasing.get_token()),
        fitness(e, settings.fitness,
                {.self_test = settings.self_test,
                 .spawn = [this](Task<> task) { spawn(std::move(task)); },
                 .changed = settings.on_fitness_changed,
                 .stop = stop_leasing.get_token()}) {}

  void spawn(Task<> task);
  static Task<> lease_jobs(std::shared_ptr<State> self);
  static Task<> kill_after(std::shared_ptr<State> self, Milliseconds grace,
                           std::stop_token all_ended);
  static Task<> work(std::shared_ptr<State> self, Leased leased);
  Task<Result<std::optional<Leased>>> lease();
  Task<> hand_back(Job& job);
  Task<> judge_job(Job& job);
  Task<> give_up(Job& job, submission::SpecFault fault);
  Task<> conclude(Job& job, Result<Report> report);
  Task<> retry(Job& job, Error error);
};

Worker::Worker(const Executor& executor, queue::Work& queue, JudgeFunction judge, Settings settings,
               OnPublished on_published)
    : state_(std::make_shared<State>(executor, queue, std::move(judge), settings,
                                     std::move(on_published))) {}
Worker::~Worker() = default;

std::uint64_t Worker::attempts() const {
  return state_->attempts;
}

const Fitness& Worker::fitness() const {
  return state_->fitness;
}

void Worker::start() {
  const std::size_t leasing = std::min(bounded(state_->settings.jobs_in_flight), kMaxLeasing);
  for (std::size_t i = 0; i < leasing; ++i) state_->spawn(State::lease_jobs(state_));
}

Task<> Worker::drain(Milliseconds grace) {
  const std::shared_ptr<State> state = state_;
  state->stop_leasing.request_stop();
  state->queue.end_soon();
  failpoint("drain.after_stop");
  if (state->coroutines == 0) co_return;
  state->all_ended.emplace(state->executor);
  std::stop_source ended;
  asio::co_spawn(state->executor, State::kill_after(state, grace, ended.get_token()),
                 [](std::exception_ptr exception) { EVALX_ASSERT(!exception); });
  std::stop_token never;
  co_await state->all_ended->wait(std::move(never));
  ended.request_stop();
}

void Worker::hurry() {
  state_->kill_jobs.request_stop();
}

Task<> Worker::State::kill_after(std::shared_ptr<State> self, Milliseconds grace,
                                 std::stop_token all_ended) {
  std::stop_token stop = all_ended;
  co_await pause(self->executor, grace, std::move(stop));
  if (!all_ended.stop_requested()) self->kill_jobs.request_stop();
}

void Worker::State::spawn(Task<> task) {
  ++coroutines;
  asio::co_spawn(executor, std::move(task),
                 [self = shared_from_this()](std::exception_ptr exception) {
                   EVALX_ASSERT(!exception);
                   if (--self->coroutines == 0 && self->all_ended) self->all_ended->set();
                 });
}

Task<> Worker::State::lease_jobs(std::shared_ptr<State> self) {
  while (true) {
    const bool is_fit = co_await self->fitness.wait_until_fit();
    if (!is_fit) co_return;
    const bool has_slot = co_await self->slots.take();
    if (!has_slot) co_return;
    if (!self->fitness.may_lease()) {
      self->slots.give_back();
      continue;
    }
    auto leased = co_await self->lease();
    if (leased && *leased) {
      self->spawn(work(self, **std::move(leased)));  // work() gives the slot back.
      continue;
    }
    self->slots.give_back();
    if (!leased) {
      log::warning("cannot lease jobs",
                   {{"step", leased.error().what}, {"cause", leased.error().code.message()}});
      std::stop_token stop = self->stop_leasing.get_token();
      co_await pause(self->executor, self->settings.pause, std::move(stop));
    }
  }
}

Task<Result<std::optional<Leased>>> Worker::State::lease() {
  ++leasing;
  auto leased = co_await queue.lease(settings.lease_patience);
  if (--leasing == 0 && none_leasing) {
    none_leasing->set();
    none_leasing.reset();
  }
  co_return leased;
}

Task<> Worker::State::work(std::shared_ptr<State> self, Leased leased) {
  ++self->attempts;
  failpoint("worker.after_claim", {.job = leased.id.token, .lease = leased.id.lease});
  {
    Job job{std::move(leased), {}, {}};
    const StopLink when_cancelled{job.leased.cancelled, job.stop};
    const StopLink when_killed{self->kill_jobs.get_token(), job.stop};
    // While lease() waited, a drain may have begun, or a self-test.
    const bool is_fit = co_await self->fitness.outcome();
    if (self->stop_leasing.stop_requested() || !is_fit) {
      co_await self->hand_back(job);
    } else {
      co_await self->judge_job(job);
    }
    if (job.leased.cancelled.stop_requested()) self->queue.stopped(job.leased.id);
  }
  self->slots.give_back();
}

/// Returns the job, uncharged. While this worker is not fit, first waits for its calls of lease(),
/// which take a second at most: one of them would lease the same job again.
Task<> Worker::State::hand_back(Job& job) {
  while (leasing > 0 && !stop_leasing.stop_requested()) {
    if (!none_leasing) none_leasing.emplace(executor);
    Wakeup none = *none_leasing;
    std::stop_token stop = stop_leasing.get_token();
    co_await none.wait(std::move(stop));
  }
  if (job.leased.cancelled.stop_requested()) co_return;  // The queue would refuse it.
  co_await publisher.release(job);
}

Task<> Worker::State::judge_job(Job& job) {
  const std::string spec = std::exchange(job.leased.spec, std::string{});
  auto submission = submission::decode_stored_submission(spec, settings.bounds);
  if (!submission) {
    co_await give_up(job, std::move(submission.error()));
    co_return;
  }
  job.language = submission->language;
  const auto beside = [this](Task<> call) { spawn(std::move(call)); };
  std::optional<Checkpointer> progress;
  progress.emplace(executor, queue, job.leased, *submission, settings.checkpoints, beside);
  std::stop_token stop = job.stop.get_token();
  auto report = co_await judge(*std::move(submission), *progress, std::move(stop));
  progress.reset();
  failpoint("worker.judged", job.passing());
  co_await conclude(job, std::move(report));
}

/// The stored submission cannot be read. One that a newer release wrote is retried: a worker of
/// that release may lease it next; if none does, it is dead after its attempts.
Task<> Worker::State::give_up(Job& job, submission::SpecFault fault) {
  std::string cause = queue::bounded_cause(describe(fault.errors));
  if (fault.is_newer) {
    Error error{std::make_error_code(std::errc::not_supported), std::move(cause)};
    co_await publisher.retry(job, std::move(error));
  } else {
    co_await publisher.reject(job, std::move(cause));
  }
}

Task<> Worker::State::conclude(Job& job, Result<Report> report) {
  if (job.leased.cancelled.stop_requested()) co_return;  // The queue would refuse any outcome.
  const bool is_judged = report && report->verdict != Verdict::Cancelled;
  if (is_judged) {
    fitness.succeeded();
    co_await publisher.complete(job, *std::move(report));
  } else if (!report && report.error().code == judge::Errc::UnknownLanguage) {
    co_await publisher.reject(job, std::move(report.error().what));
  } else if (kill_jobs.stop_requested()) {
    co_await publisher.release(job);
  } else {
    Error error = report ? Error{std::make_error_code(std::errc::operation_canceled),
                                 "killed, but not by the worker"}
                         : std::move(report).error();
    co_await retry(job, std::move(error));
  }
}

/// A fault of this worker is not the job's: it is not charged.
Task<> Worker::State::retry(Job& job, Error error) {
  // A language that is not installed here is no sign of a broken worker.
  if (error.code != std::errc::not_supported) {
    Error fault = error;
    const bool is_ours = co_await fitness.is_to_blame(job.leased.id.token, std::move(fault));
    if (is_ours) {
      log::warning("a fault of this worker ended an attempt, which is not charged",
                   {{"job", job.leased.id.token}, {"cause", error.what}});
      co_await hand_back(job);
      co_return;
    }
  }
  co_await publisher.retry(job, std::move(error));
}

}  // namespace evalx::worker
