#include "service/judge_service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <future>

#include "base/log.hpp"
#include "base/timer.hpp"
#include "service/self_description.hpp"

namespace evalx::service {
namespace {

/// How long a scrape of /metrics waits for the loop; then it tells what it told before.
constexpr Milliseconds kSamplePatience{200};
/// Slots that nobody used for one to two of these are ended.
constexpr std::chrono::seconds kTrimInterval{30};

/// A server cannot start another launcher without root. Without one it would fail every job.
void end_without_launcher() {
  log::error("the launcher has died: exiting; the next start recovers the jobs");
  std::abort();
}

}  // namespace

JudgeService::JudgeService(const config::Settings& settings, asio::io_context& loop,
                           const Clock& clock, metrics::Metrics& metrics)
    : settings_(settings), loop_(loop), clock_(clock), metrics_(metrics) {}

Result<> JudgeService::prepare(const Identity& identity) {
  machine_ = examine_machine(settings_);
  EVALX_TRY_VOID(check_mechanisms(machine_.findings, settings_));
  const std::filesystem::path& folder = *settings_.data_dir;
  EVALX_TRY_VOID(prepare_folder(folder, identity));
  EVALX_TRY(engine_, Engine::start(loop_, settings_, {folder / "artifacts", end_without_launcher},
                                   clock_));
  return {};
}

Result<> JudgeService::open() {
  EVALX_TRY_VOID(engine_->open());
  const doctor::Findings found = examine_engine(*engine_);
  append(machine_.findings, found);
  return check_mechanisms(found, settings_);
}

void JudgeService::start(queue::Queue& queue) {
  worker::Settings settings;
  settings.jobs_in_flight = 2 * engine_->settings().max_concurrent_sandboxes;
  worker::Hooks hooks;
  hooks.published = [this](const worker::Published& published) { count(published); };
  worker_ = std::make_unique<worker::Worker>(
      loop_.get_executor(), queue,
      [this](submission::Submission submission, judge::Progress& progress, std::stop_token stop) {
        return engine_->judge().judge(std::move(submission), progress, std::move(stop));
      },
      settings, std::move(hooks));
  queue.announce(worker::encode(announcement_of(*engine_, machine_)));
  metrics_.add_collector([this] { collect(); });
  asio::co_spawn(loop_, trim(), asio::detached);
  worker_->start();
}

Task<> JudgeService::drain(Milliseconds grace) {
  co_await worker_->drain(grace);
}

void JudgeService::count(const worker::Published& published) {
  const submission::Report& report = published.report;
  metrics_.verdict_given(to_string(report.verdict), published.language);
  metrics_.stage_took(metrics::Stage::Queue, report.queue_time);
  if (report.compile) metrics_.stage_took(metrics::Stage::Compile, report.compile_time);
  metrics_.stage_took(metrics::Stage::Run, report.run_time);
}

void JudgeService::collect() {
  refresh_sample();
  metrics_.set_attempts_total(sample_.attempts);
  metrics_.set_sandboxes(sample_.sandboxes_in_use, sample_.sandboxes_max);
  metrics_.set_artifact_cache_size(Bytes{sample_.artifact_bytes});
  using Cache = metrics::CacheEvent;
  metrics_.set_artifact_cache_total(Cache::Hit, sample_.hits);
  metrics_.set_artifact_cache_total(Cache::Miss, sample_.misses);
  metrics_.set_artifact_cache_total(Cache::Broken, sample_.broken);
  metrics_.set_artifact_cache_total(Cache::Evicted, sample_.evicted);
  metrics_.set_artifact_cache_total(Cache::SharedHit, sample_.shared_hits);
  metrics_.set_artifact_cache_total(Cache::SharedPut, sample_.shared_puts);
  for (std::size_t i = 0; i < sample_.replaced.size(); ++i)
    metrics_.set_slots_replaced_total(sandbox::kReplacedReasons[i], sample_.replaced[i]);
}

/// What a client saw finished went through the loop before: behind it in the line, this sees it.
void JudgeService::refresh_sample() {
  const auto taken = std::make_shared<std::promise<void>>();
  asio::post(loop_, [this, taken] {
    take_sample();
    taken->set_value();
  });
  // A loop that is busy or at its end: the figures are those of the last scrape.
  [[maybe_unused]] const auto status = taken->get_future().wait_for(kSamplePatience);
}

void JudgeService::take_sample() {
  const auto reservoir = engine_->reservoir().counters();
  const auto artifacts = engine_->artifacts().counters();
  const auto shared = engine_->shared();
  sample_.sandboxes_in_use = reservoir.in_use;
  sample_.sandboxes_max = reservoir.permits;
  sample_.artifact_bytes = artifacts.stored.count;
  sample_.hits = artifacts.hits;
  sample_.misses = artifacts.misses;
  sample_.broken = artifacts.broken + shared.broken;
  sample_.evicted = artifacts.evicted;
  sample_.shared_hits = shared.hits;
  sample_.shared_puts = shared.puts;
  sample_.attempts = worker_->counters().leased;
  const auto sandbox = engine_->sandbox().counters();
  for (std::size_t i = 0; i < sandbox.replaced.size(); ++i)
    sample_.replaced[i] = sandbox.replaced[i];
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
