#include "serve.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <future>
#include <thread>

#include "api/v1/routes.hpp"
#include "base/log.hpp"
#include "engine.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "language_list.hpp"
#include "mechanisms.hpp"
#include "metrics/metrics.hpp"
#include "privilege.hpp"
#include "queue_choice.hpp"
#include "self_description.hpp"
#include "version.hpp"
#include "worker/worker.hpp"

namespace evalx::app {
namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// How long a scrape of /metrics waits for the worker's loop; then it tells what it told before.
constexpr Milliseconds kSamplePatience{200};
/// Slots that nobody used for one to two of these are ended.
constexpr std::chrono::seconds kTrimInterval{30};

/// What /metrics tells of objects that belong to the worker's loop, copied there at each scrape.
struct Sample {
  std::atomic<std::uint64_t> sandboxes_in_use{0}, sandboxes_max{0}, artifact_bytes{0};
  std::atomic<std::uint64_t> hits{0}, misses{0}, broken{0}, evicted{0}, attempts{0};
  std::array<std::atomic<std::uint64_t>, sandbox::kReplacedReasons.size()> replaced{};
};

class Service {
 public:
  Service(const config::Settings& settings, asio::io_context& loop)
      : settings_(settings),
        loop_(loop),
        metrics_({std::string(version()), std::string(commit())}) {}

  Result<> start();
  void run();

 private:
  Result<> bind_http();
  Result<> conclude(Machine machine);
  void start_http();
  void collect();
  std::unique_ptr<http::Handler> make_router();
  void count(const worker::Published& published);
  void take_sample();
  void refresh_sample();
  Task<> trim();
  Task<> drain_on_signal();

  const config::Settings& settings_;
  asio::io_context& loop_;
  SystemClock clock_;
  metrics::Metrics metrics_;
  Sample sample_;
  api::v1::EngineFacts facts_;
  std::atomic<bool> draining_{false};
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<CatalogueList> languages_;
  std::unique_ptr<http::Server> server_;  // Its loops outlive the queue, which posts to them.
  std::unique_ptr<queue::Queue> queue_;
  std::unique_ptr<api::v1::Submissions> submissions_;
  std::unique_ptr<api::v1::Events> events_;
  std::unique_ptr<api::v1::Discovery> discovery_;
  std::unique_ptr<api::v1::Operations> operations_;
  std::unique_ptr<worker::Worker> worker_;
};

Result<> Service::start() {
  log::set_level(settings_.log_level);
  allow_open_files();
  const Identity identity = unprivileged_identity();
  Machine machine = examine_machine(settings_);
  EVALX_TRY_VOID(check_mechanisms(machine.findings, settings_));
  EVALX_TRY_VOID(prepare_folder(settings_.data_dir, identity));
  EVALX_TRY(engine_, Engine::start(loop_, engine_settings_of(settings_), clock_));
  EVALX_TRY_VOID(give_up_root(identity, setuid_tools_of(settings_.sandbox)));
  // From here on only the launcher has rights on this machine.
  EVALX_TRY_VOID(bind_http());
  EVALX_TRY(queue_, open_queue(settings_, clock_));
  EVALX_TRY_VOID(engine_->open());
  languages_ = std::make_unique<CatalogueList>(engine_->catalogue());
  EVALX_TRY_VOID(conclude(std::move(machine)));
  start_http();
  worker::Settings worker;
  worker.jobs_in_flight = 2 * engine_->settings().max_concurrent_sandboxes;
  worker::Hooks hooks;
  hooks.published = [this](const worker::Published& published) { count(published); };
  worker_ = std::make_unique<worker::Worker>(
      loop_.get_executor(), *queue_,
      [this](submission::Submission submission, judge::Progress& progress, std::stop_token stop) {
        return engine_->judge().judge(std::move(submission), progress, std::move(stop));
      },
      worker, std::move(hooks));
  worker_->start();
  return {};
}

/// Before the queue is opened: a port that is taken costs nothing then.
Result<> Service::bind_http() {
  http::ServerOptions options;
  options.address = settings_.listen_address;
  options.port = settings_.listen_port;
  options.threads = settings_.http_threads;
  options.limits.body = settings_.body_limit;
  EVALX_TRY(server_, http::Server::listen(std::move(options), clock_));
  return {};
}

Result<> Service::conclude(Machine machine) {
  append(machine.findings, examine_engine(*engine_));
  facts_ = {std::string(version()),
            {},
            settings_.body_limit.count,
            engine_json(*engine_, machine, queue_kind(settings_)),
            mechanism_views(machine.findings)};
  return check_mechanisms(examine_engine(*engine_), settings_);
}

void Service::start_http() {
  submissions_ = std::make_unique<api::v1::Submissions>(*queue_, *languages_, facts_.bounds);
  events_ = std::make_unique<api::v1::Events>(*queue_);
  discovery_ = std::make_unique<api::v1::Discovery>(*languages_, facts_);
  operations_ = std::make_unique<api::v1::Operations>(
      *queue_, api::v1::OperationsHooks{[this] { return metrics_.serialize(); },
                                        [this]() -> std::vector<std::string> {
                                          if (!draining_) return {};
                                          return {"shutting down"};
                                        }});
  metrics_.add_collector([this] { collect(); });
  server_->serve([this](Executor) { return make_router(); });
}

std::unique_ptr<http::Handler> Service::make_router() {
  auto router = std::make_unique<http::Router>(clock_);
  router->observe([this](const http::Served& served) {
    metrics_.request_served(served.method, served.route, served.status, served.took);
  });
  api::v1::add_routes(*router, {*submissions_, *events_, *discovery_, *operations_});
  return router;
}

void Service::collect() {
  refresh_sample();
  const queue::Depth depth = queue_->depth();
  const queue::Totals totals = queue_->totals();
  metrics_.set_queue_depth("default", depth.queued);
  metrics_.set_queue_oldest(depth.oldest_queued);
  using Job = metrics::JobEvent;
  metrics_.set_jobs_total(Job::Accepted, totals.accepted);
  metrics_.set_jobs_total(Job::Done, totals.done);
  metrics_.set_jobs_total(Job::Cancelled, totals.cancelled);
  metrics_.set_jobs_total(Job::Recovered, totals.recovered);
  metrics_.set_jobs_total(Job::Retried, totals.retried);
  metrics_.set_leases_lost_total(totals.lease_lost);
  metrics_.set_dead_letters_total(totals.dead);
  metrics_.set_attempts_total(sample_.attempts);
  metrics_.set_sandboxes(sample_.sandboxes_in_use, sample_.sandboxes_max);
  metrics_.set_artifact_cache_size(Bytes{sample_.artifact_bytes});
  using Cache = metrics::CacheEvent;
  metrics_.set_artifact_cache_total(Cache::Hit, sample_.hits);
  metrics_.set_artifact_cache_total(Cache::Miss, sample_.misses);
  metrics_.set_artifact_cache_total(Cache::Broken, sample_.broken);
  metrics_.set_artifact_cache_total(Cache::Evicted, sample_.evicted);
  for (std::size_t i = 0; i < sample_.replaced.size(); ++i)
    metrics_.set_slots_replaced_total(sandbox::kReplacedReasons[i], sample_.replaced[i]);
  if (server_) metrics_.set_http_connections(server_->connections());
}

void Service::count(const worker::Published& published) {
  const submission::Report& report = published.report;
  metrics_.verdict_given(to_string(report.verdict), published.language);
  metrics_.stage_took(metrics::Stage::Queue, report.queue_time);
  if (report.compile) metrics_.stage_took(metrics::Stage::Compile, report.compile_time);
  metrics_.stage_took(metrics::Stage::Run, report.run_time);
}

void Service::take_sample() {
  const auto reservoir = engine_->reservoir().counters();
  const auto artifacts = engine_->artifacts().counters();
  sample_.sandboxes_in_use = reservoir.in_use;
  sample_.sandboxes_max = reservoir.permits;
  sample_.artifact_bytes = artifacts.stored.count;
  sample_.hits = artifacts.hits;
  sample_.misses = artifacts.misses;
  sample_.broken = artifacts.broken;
  sample_.evicted = artifacts.evicted;
  sample_.attempts = worker_->counters().leased;
  const auto sandbox = engine_->sandbox().counters();
  for (std::size_t i = 0; i < sandbox.replaced.size(); ++i)
    sample_.replaced[i] = sandbox.replaced[i];
}

/// What a client saw finished went through the loop before: behind it in the line, this sees it.
void Service::refresh_sample() {
  const auto taken = std::make_shared<std::promise<void>>();
  asio::post(loop_, [this, taken] {
    take_sample();
    taken->set_value();
  });
  // A loop that is busy or at its end: the figures are those of the last scrape.
  [[maybe_unused]] const auto status = taken->get_future().wait_for(kSamplePatience);
}

Task<> Service::trim() {
  Timer timer{loop_.get_executor()};
  while (true) {
    timer.expires_after(kTrimInterval);
    const auto [error] = co_await timer.async_wait(kAsResult);
    if (error) co_return;
    engine_->sandbox().trim();
  }
}

Task<> Service::drain_on_signal() {
  asio::basic_signal_set<Executor> signals{loop_.get_executor(), SIGTERM, SIGINT};
  const auto [error, signal] = co_await signals.async_wait(kAsResult);
  draining_ = true;
  log::info("draining: no new work, what runs may finish",
            {{"signal", signal}, {"grace_s", settings_.drain_grace.count()}});
  // The server's stop blocks, and what it waits for may need this loop.
  std::jthread stopping{[this] { server_->stop(settings_.drain_grace); }};
  co_await worker_->drain(settings_.drain_grace);
  stopping.join();
  loop_.stop();
}

void Service::run() {
  asio::co_spawn(loop_, trim(), asio::detached);
  asio::co_spawn(loop_, drain_on_signal(), asio::detached);
  std::size_t available = 0;
  for (const auto& language : engine_->catalogue().list())
    available += language.available() ? 1 : 0;
  log::info("listening",
            {{"address", settings_.listen_address},
             {"port", server_->port()},
             {"version", version()},
             {"data_dir", settings_.data_dir.string()},
             {"max_concurrent_sandboxes", engine_->settings().max_concurrent_sandboxes},
             {"seccomp_profile", to_string(engine_->settings().seccomp_profile)},
             {"languages", available},
             {"recovered_jobs", queue_->totals().recovered}});
  // For a person at a terminal, below the log's line for machines.
  if (::isatty(STDERR_FILENO) != 0)
    std::fputs(greeting(settings_, server_->port()).c_str(), stderr);
  loop_.run();
  log::info("stopped");
}

}  // namespace

Result<> serve(const config::Settings& settings) {
  asio::io_context loop{1};
  Service service{settings, loop};
  EVALX_TRY_VOID(service.start());
  service.run();
  return {};
}

}  // namespace evalx::app
