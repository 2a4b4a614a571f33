#include "service/judge_service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdlib>

#include "base/log.hpp"
#include "base/timer.hpp"
#include "judge/self_test.hpp"
#include "service/exit_code.hpp"
#include "service/loop.hpp"
#include "service/self_description.hpp"

namespace evalx::service {
namespace {

/// A scrape of /metrics waits this long for the judge's loop. If the loop is busy for longer, the
/// scrape shows the figures of an earlier scrape.
constexpr Milliseconds kFiguresPatience{200};
/// Slots that are idle for one to two of these intervals are ended.
constexpr std::chrono::seconds kTrimInterval{30};

/// Without root a server cannot start another launcher, and without a launcher every job would
/// fail.
void end_without_launcher() {
  log::error("the launcher has died: exiting; the next start recovers the jobs");
  std::_Exit(kCannotGoOn);
}

double milliseconds(Microseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

void log_end(const worker::Published& job) {
  log::info("a submission is finished", {{"token", job.token},
                                         {"language", job.language},
                                         {"verdict", to_string(job.report.verdict)},
                                         {"tests", job.report.tests.size()},
                                         {"attempt", job.report.attempt},
                                         {"queue_ms", milliseconds(job.report.queue_time)},
                                         {"compile_ms", milliseconds(job.report.compile_time)},
                                         {"run_ms", milliseconds(job.report.run_time)}});
}

}  // namespace

JudgeService::JudgeService(const config::Settings& settings, asio::io_context& loop,
                           const Clock& clock, metrics::Metrics& metrics)
    : settings_(settings), loop_(loop), clock_(clock), metrics_(metrics) {
  metrics.add_source([this] { return figures(); });
}

Result<> JudgeService::prepare(const Identity& identity) {
  machine_ = examine_machine(settings_);
  EVALX_TRY_VOID(check_mechanisms(machine_.findings, settings_));
  const std::filesystem::path& folder = *settings_.data_dir;
  EVALX_TRY_VOID(prepare_folder(folder, identity));
  EVALX_TRY(engine_,
            Engine::start(loop_, settings_,
                          {folder / "artifacts", artifact::Sharing::Alone, end_without_launcher},
                          clock_));
  return {};
}

Result<> JudgeService::open() {
  EVALX_TRY_VOID(engine_->open());
  const doctor::Findings found = examine_engine(*engine_);
  append(machine_.findings, found);
  return check_mechanisms(found, settings_);
}

void JudgeService::start(queue::Work& queue) {
  worker::Settings settings;
  settings.jobs_in_flight = 2 * engine_->settings().max_concurrent_sandboxes;
  settings.self_test = [this](std::stop_token stop) {
    return judge::prove_ability(engine_->judge(), engine_->catalogue(), std::move(stop));
  };
  settings.on_fitness_changed = [this](std::string reason) {
    not_ready_ = std::make_shared<const std::string>(std::move(reason));
  };
  worker_ = std::make_unique<worker::Worker>(
      loop_.get_executor(), queue,
      [this](submission::Submission submission, judge::Progress& progress, std::stop_token stop) {
        return engine_->judge().judge(std::move(submission), progress, std::move(stop));
      },
      settings,
      [this](const worker::Published& job) {
        metrics_.published(job);
        log_end(job);
      });
  queue.announce(worker::encode(announcement_of(*engine_, machine_)));
  asio::co_spawn(loop_, trim(), asio::detached);
  worker_->start();
}

Task<> JudgeService::drain(Milliseconds grace) {
  co_await worker_->drain(grace);
}

/// Runs on the loop of a scrape. Includes every result that a client has seen before the scrape,
/// because it went through the judge's loop earlier.
Task<metrics::Figures> JudgeService::figures() {
  auto fresh = co_await ask(
      loop_, [this] { return read_figures(); }, kFiguresPatience);
  if (fresh) figures_ = std::make_shared<const metrics::Figures>(*std::move(fresh));
  co_return *figures_.load();
}

metrics::Figures JudgeService::read_figures() const {
  return worker_ ? judge_figures(*engine_, *worker_) : idle_judge_figures();
}

Task<> JudgeService::trim() {
  Timer timer{loop_.get_executor()};
  while (true) {
    timer.expires_after(kTrimInterval);
    const auto [error] = co_await timer.async_wait(kAsResult);
    if (error) co_return;
    engine_->sandbox().trim();
  }
}

}  // namespace evalx::service
