#include "worker/publisher.hpp"

#include <memory>
#include <utility>

#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "base/timer.hpp"
#include "submission/encode.hpp"
#include "submission/last_words.hpp"

namespace evalx::worker {
namespace {

using submission::Report;

Report failed_report(const Job& job, std::string cause) {
  return submission::failed_report(job.leased.attempt, job.leased.waited, std::move(cause));
}

}  // namespace

Publisher::Publisher(const Executor& executor, queue::Work& queue, Milliseconds pause,
                     OnPublished on_published)
    : executor_(executor), queue_(queue), pause_(pause), on_published_(std::move(on_published)) {}

Task<> Publisher::complete(Job& job, Report report) {
  report.queue_time = job.leased.waited;
  report.attempt = job.leased.attempt;
  co_await publish(job, Outcome::Complete, std::move(report));
}

Task<> Publisher::retry(Job& job, Error fault) {
  std::string cause = words_of(fault);
  log::warning("a fault of evalX ended an attempt",
               {{"job", job.leased.id.token}, {"attempt", job.leased.attempt}, {"cause", cause}});
  Report report = failed_report(job, std::move(cause));
  co_await publish(job, Outcome::Retry, std::move(report));
}

Task<> Publisher::reject(Job& job, std::string cause) {
  log::warning("a job is rejected", {{"job", job.leased.id.token}, {"cause", cause}});
  Report report = failed_report(job, std::move(cause));
  co_await publish(job, Outcome::Reject, std::move(report));
}

Task<> Publisher::release(Job& job) {
  failpoint("worker.before_release", job.passing());
  queue::LeaseId id = job.leased.id;
  const auto released = co_await queue_.release(std::move(id));
  if (released) co_return;
  log::warning("a job could not be returned to the queue",
               {{"job", job.leased.id.token}, {"cause", words_of(released.error())}});
}

Task<> Publisher::publish(Job& job, Outcome outcome, Report report) {
  const std::string result = submission::encode_report(report);
  for (unsigned offers = 1;; ++offers) {
    std::string cause = report.message;
    std::string copy = result;
    const auto state = co_await offer(job, outcome, std::move(cause), std::move(copy));
    if (state) {
      if (on_published_ && queue::is_terminal(*state)) {
        on_published_({job.leased.id.token, job.language, report});
      }
      co_return;
    }
    const bool again = co_await may_offer_again(job, outcome, state.error(), offers);
    if (!again) co_return;
  }
}

Task<Result<queue::State>> Publisher::offer(const Job& job, Outcome outcome, std::string cause,
                                            std::string result) {
  queue::LeaseId id = job.leased.id;
  if (outcome == Outcome::Retry) {
    auto state = co_await queue_.retry(std::move(id), std::move(cause), std::move(result));
    co_return state;
  }
  if (outcome == Outcome::Reject) {
    const auto rejected =
        co_await queue_.reject(std::move(id), std::move(cause), std::move(result));
    if (!rejected) co_return tl::make_unexpected(rejected.error());
    co_return queue::State::Dead;
  }
  failpoint("worker.before_complete", job.passing());
  const auto completed = co_await queue_.complete(std::move(id), std::move(result));
  if (!completed) co_return tl::make_unexpected(completed.error());
  failpoint("worker.after_complete", job.passing());
  co_return queue::State::Done;
}

/// Pauses before it returns true. Returns false if the queue will never accept the outcome, or if
/// there were enough offers.
Task<bool> Publisher::may_offer_again(Job& job, Outcome outcome, const Error& error,
                                      unsigned offers) {
  const bool is_lost = error.code == queue::Errc::LeaseLost ||
                       error.code == queue::Errc::Finished || error.code == queue::Errc::NotFound;
  if (is_lost || job.stop.stop_requested() || offers >= kMaxOffers) {
    log::warning(
        "the outcome of a job is lost",
        {{"job", job.leased.id.token}, {"step", to_string(outcome)}, {"cause", words_of(error)}});
    co_return false;
  }
  auto timer = std::make_shared<Timer>(executor_, pause_);
  std::stop_token stop = job.stop.get_token();
  co_await wait_on(std::move(timer), std::move(stop));
  co_return true;
}

std::string_view Publisher::to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Complete:
      return "complete";
    case Outcome::Retry:
      return "retry";
    case Outcome::Reject:
      return "reject";
  }
  return "";
}

}  // namespace evalx::worker
