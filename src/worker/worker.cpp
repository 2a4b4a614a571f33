#include "worker/worker.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "base/stop_link.hpp"
#include "base/timer.hpp"
#include "base/wakeup.hpp"
#include "judge/errc.hpp"
#include "queue/failure.hpp"
#include "submission/decode.hpp"
#include "submission/encode.hpp"
#include "submission/last_words.hpp"
#include "worker/checkpointer.hpp"

namespace evalx::worker {
namespace {

using queue::Leased;
using submission::Report;
using submission::Verdict;

/// Returns after `time`, or once `stop` is requested.
Task<> pause(Executor executor, Milliseconds time, std::stop_token stop) {
  co_await wait_on(std::make_shared<Timer>(executor, time), std::move(stop));
}

std::string describe(const Error& error) {
  return error.what + ": " + error.code.message();
}

std::string describe(const submission::FieldErrors& errors) {
  std::string text = "the stored submission cannot be read";
  for (const submission::FieldError& error : errors) {
    text.append("; ").append(error.field).append(" ").append(error.message);
  }
  return text;
}

/// One lease, from its beginning to its end.
struct Job {
  Leased leased;
  std::string language;
  std::optional<std::string> callback_url;
  std::stop_source stop;  ///< Cancelled, the lease lost, or the worker's grace over.

  [[nodiscard]] Passing passing() const {
    return {.job = leased.id.token, .lease = leased.id.lease};
  }
};

}  // namespace

struct Worker::State : std::enable_shared_from_this<State> {
  Executor executor;
  queue::Work& queue;
  JudgeFunction judge;
  Settings settings;
  Hooks hooks;

  Counters counters;
  std::size_t slots_taken = 0;  ///< By jobs, and by those who wait for one.
  std::vector<Wakeup> waiting_for_slot;
  std::size_t coroutines = 0;
  std::stop_source stop_leasing;
  std::stop_source kill_jobs;
  std::optional<Wakeup> all_ended;

  State(const Executor& e, queue::Work& q, JudgeFunction j, Settings s, Hooks h)
      : executor(e), queue(q), judge(std::move(j)), settings(s), hooks(std::move(h)) {
    settings.jobs_in_flight = std::clamp<std::size_t>(settings.jobs_in_flight, 1, kMaxJobsInFlight);
  }

  void spawn(Task<> task);
  void give_back_slot();
  Task<> take_slot();
  static Task<> lease_jobs(std::shared_ptr<State> self);
  static Task<> kill_after(std::shared_ptr<State> self, Milliseconds grace,
                           std::stop_token all_ended);
  static Task<> work(std::shared_ptr<State> self, Leased leased);
  Task<> judge_job(Job& job);
  Task<> conclude(Job& job, Result<Report> report);
  Task<> publish(Job& job, Report report);
  Task<> retry(Job& job, Error error);
  Task<> reject(Job& job, std::string cause);
  Task<> release(Job& job);
  Task<bool> may_offer_again(Job& job, std::string_view step, const Error& error, unsigned offers);
  void tell_published(const Job& job, const Report& report, queue::State state) const;
};

Worker::Worker(const Executor& executor, queue::Work& queue, JudgeFunction judge,
               Settings settings, Hooks hooks)
    : state_(
          std::make_shared<State>(executor, queue, std::move(judge), settings, std::move(hooks))) {}
Worker::~Worker() = default;

Worker::Counters Worker::counters() const {
  return state_->counters;
}

void Worker::start() {
  const std::size_t leasing = std::min(state_->settings.jobs_in_flight, kMaxLeasing);
  for (std::size_t i = 0; i < leasing; ++i) state_->spawn(State::lease_jobs(state_));
}

Task<> Worker::drain(Milliseconds grace) {
  const std::shared_ptr<State> state = state_;
  state->stop_leasing.request_stop();
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

Task<> Worker::State::take_slot() {
  while (slots_taken >= settings.jobs_in_flight && !stop_leasing.stop_requested()) {
    Wakeup wakeup{executor};
    waiting_for_slot.push_back(wakeup);
    std::stop_token stop = stop_leasing.get_token();
    co_await wakeup.wait(std::move(stop));
  }
  ++slots_taken;
}

void Worker::State::give_back_slot() {
  --slots_taken;
  if (waiting_for_slot.empty()) return;
  waiting_for_slot.back().set();
  waiting_for_slot.pop_back();
}

Task<> Worker::State::lease_jobs(std::shared_ptr<State> self) {
  while (!self->stop_leasing.stop_requested()) {
    co_await self->take_slot();
    if (self->stop_leasing.stop_requested()) {
      self->give_back_slot();
      co_return;
    }
    auto leased = co_await self->queue.lease(self->settings.lease_patience);
    if (leased && *leased) {
      self->spawn(work(self, **std::move(leased)));  // It gives the slot back.
      continue;
    }
    self->give_back_slot();
    if (!leased) {
      log::warning("cannot lease jobs", {{"cause", describe(leased.error())}});
      std::stop_token stop = self->stop_leasing.get_token();
      co_await pause(self->executor, self->settings.pause, std::move(stop));
    }
  }
}

Task<> Worker::State::work(std::shared_ptr<State> self, Leased leased) {
  ++self->counters.leased;
  ++self->counters.in_flight;
  failpoint("worker.after_claim", {.job = leased.id.token, .lease = leased.id.lease});
  {
    Job job{std::move(leased), {}, {}, {}};
    const StopLink when_cancelled{job.leased.cancelled, job.stop};
    const StopLink when_killed{self->kill_jobs.get_token(), job.stop};
    if (self->stop_leasing.stop_requested()) {  // It came too late to be begun.
      co_await self->release(job);
    } else {
      co_await self->judge_job(job);
    }
    if (job.leased.cancelled.stop_requested()) self->queue.stopped(job.leased.id);
  }
  --self->counters.in_flight;
  self->give_back_slot();
}

Task<> Worker::State::judge_job(Job& job) {
  const std::string spec = std::exchange(job.leased.spec, std::string{});
  auto submission = submission::decode_stored_submission(spec, settings.bounds);
  if (!submission) {
    std::string cause = queue::bounded_cause(describe(submission.error().errors));
    if (submission.error().is_newer) {
      // A worker of the newer release may take it while it rests; if none does, it is dead too.
      Error error{std::make_error_code(std::errc::not_supported), std::move(cause)};
      co_await retry(job, std::move(error));
    } else {
      co_await reject(job, std::move(cause));
    }
    co_return;
  }
  job.language = submission->language;
  job.callback_url = submission->callback_url;
  const auto beside = [this](Task<> call) { spawn(std::move(call)); };
  std::optional<Checkpointer> progress;
  progress.emplace(executor, queue, job.leased, *submission, settings.checkpoints, beside);
  std::stop_token stop = job.stop.get_token();
  auto report = co_await judge(*std::move(submission), *progress, std::move(stop));
  progress.reset();
  failpoint("worker.judged", job.passing());
  co_await conclude(job, std::move(report));
}

Task<> Worker::State::conclude(Job& job, Result<Report> report) {
  if (job.leased.cancelled.stop_requested()) {  // Whoever cancelled has ended the job.
    ++counters.discarded;
    co_return;
  }
  const bool came_to_its_end = report && report->verdict != Verdict::Cancelled;
  if (came_to_its_end) {
    co_await publish(job, *std::move(report));
  } else if (!report && report.error().code == judge::Errc::UnknownLanguage) {
    co_await reject(job, std::move(report.error().what));
  } else if (kill_jobs.stop_requested()) {
    co_await release(job);
  } else {
    Error error = report ? Error{std::make_error_code(std::errc::operation_canceled),
                                 "killed, but not by the worker"}
                         : std::move(report).error();
    co_await retry(job, std::move(error));
  }
}

/// Whether to try a step again that the queue refused: waits a while, or counts what is lost.
Task<bool> Worker::State::may_offer_again(Job& job, std::string_view step, const Error& error,
                                          unsigned offers) {
  const bool is_lost = error.code == queue::Errc::LeaseLost ||
                       error.code == queue::Errc::Finished || error.code == queue::Errc::NotFound;
  if (is_lost || job.stop.stop_requested() || offers >= kMaxOffers) {
    ++counters.discarded;
    log::warning("work discarded",
                 {{"job", job.leased.id.token}, {"step", step}, {"cause", describe(error)}});
    co_return false;
  }
  std::stop_token stop = job.stop.get_token();
  co_await pause(executor, settings.pause, std::move(stop));
  co_return true;
}

Task<> Worker::State::publish(Job& job, Report report) {
  report.queue_time = job.leased.waited;
  report.attempt = job.leased.attempt;
  const std::string json = submission::encode_report(report);
  for (unsigned offers = 1;; ++offers) {
    queue::LeaseId id = job.leased.id;
    std::string offer = json;
    failpoint("worker.before_complete", job.passing());
    auto done = co_await queue.complete(std::move(id), std::move(offer));
    if (done) {
      failpoint("worker.after_complete", job.passing());
      ++counters.completed;
      tell_published(job, report, queue::State::Done);
      co_return;
    }
    const bool again = co_await may_offer_again(job, "complete", done.error(), offers);
    if (!again) co_return;
  }
}

Task<> Worker::State::retry(Job& job, Error error) {
  log::warning(
      "fault while judging",
      {{"job", job.leased.id.token}, {"attempt", job.leased.attempt}, {"cause", describe(error)}});
  const Report report =
      submission::failed_report(job.leased.attempt, job.leased.waited, describe(error));
  const std::string json = submission::encode_report(report);
  for (unsigned offers = 1;; ++offers) {
    queue::LeaseId id = job.leased.id;
    std::string cause = report.message;
    std::string final_result = json;
    auto state = co_await queue.retry(std::move(id), std::move(cause), std::move(final_result));
    if (state) {
      ++counters.retried;
      if (queue::is_terminal(*state)) tell_published(job, report, *state);
      co_return;
    }
    const bool again = co_await may_offer_again(job, "retry", state.error(), offers);
    if (!again) co_return;
  }
}

/// No attempt would end otherwise.
Task<> Worker::State::reject(Job& job, std::string cause) {
  log::warning("a job is rejected", {{"job", job.leased.id.token}, {"cause", cause}});
  const Report report =
      submission::failed_report(job.leased.attempt, job.leased.waited, std::move(cause));
  const std::string json = submission::encode_report(report);
  for (unsigned offers = 1;; ++offers) {
    queue::LeaseId id = job.leased.id;
    std::string why = report.message;
    std::string final_result = json;
    auto done = co_await queue.reject(std::move(id), std::move(why), std::move(final_result));
    if (done) {
      ++counters.rejected;
      tell_published(job, report, queue::State::Dead);
      co_return;
    }
    const bool again = co_await may_offer_again(job, "reject", done.error(), offers);
    if (!again) co_return;
  }
}

/// Tried once: a queue that cannot be reached takes the job back when the lease runs out.
Task<> Worker::State::release(Job& job) {
  failpoint("worker.before_release", job.passing());
  queue::LeaseId id = job.leased.id;
  auto released = co_await queue.release(std::move(id));
  if (released) {
    ++counters.released;
  } else {
    ++counters.discarded;
    log::warning("job not released",
                 {{"job", job.leased.id.token}, {"cause", describe(released.error())}});
  }
}

void Worker::State::tell_published(const Job& job, const Report& report, queue::State state) const {
  if (hooks.published)
    hooks.published({job.leased.id.token, job.language, job.callback_url, report, state});
}

}  // namespace evalx::worker
