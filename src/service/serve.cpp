#include "service/serve.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <optional>
#include <thread>

#include "base/log.hpp"
#include "base/timer.hpp"
#include "base/wakeup.hpp"
#include "config/load.hpp"
#include "service/callback_settings.hpp"
#include "service/courier_service.hpp"
#include "service/fleet_watch.hpp"
#include "service/http_service.hpp"
#include "service/judge_service.hpp"
#include "service/language_list.hpp"
#include "service/limit_bounds.hpp"
#include "service/loop.hpp"
#include "service/queue_choice.hpp"
#include "service/resource_limits.hpp"
#include "service/self_description.hpp"
#include "service/token_source.hpp"
#include "service/version.hpp"

namespace evalx::service {
namespace {

using Signals = asio::basic_signal_set<Executor>;

/// Time to send the last responses when the programs have used up the grace, or a second signal
/// ends it.
constexpr Milliseconds kLastAnswers{1'000};
/// From the end of the last running job: attempts to send a callback are then stopped, and made
/// again by a later process, because a receiver that hangs must not delay a restart.
constexpr Milliseconds kLastCallbacks{5'000};

class Service {
 public:
  Service(Role role, const config::Settings& settings, asio::io_context& loop)
      : role_(role), settings_(settings), loop_(loop) {}
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() { http_.stop(Milliseconds{0}); }

  Result<> start();
  void run();

 private:
  Result<> give_up_rights();
  Result<> find_languages();
  void start_http();
  void log_start() const;
  Task<> drain_on_signal();
  Task<> hurry_on_signal();
  Task<> reload_on_signal();
  Task<> stop_http(std::chrono::steady_clock::time_point end);
  Wakeup stop_courier(std::chrono::steady_clock::time_point end);

  const Role role_;
  const config::Settings& settings_;
  asio::io_context& loop_;
  Signals signals_{loop_.get_executor(), SIGTERM, SIGINT};
  Signals reload_signals_{loop_.get_executor(), SIGHUP};
  const TokenSource token_source_{settings_};
  bool hurried_ = false;
  bool is_stopping_http_ = false;
  SystemClock clock_;
  metrics::Metrics metrics_{{std::string(version()), std::string(commit())}};
  JudgeService judge_{settings_, loop_, clock_, metrics_};
  std::optional<language::Catalogue> catalogue_;  ///< In a process without an engine.
  std::optional<CatalogueList> languages_;
  FleetEngine fleet_engine_{queue_kind(settings_)};  ///< As catalogue_.
  HttpService http_{settings_, clock_, metrics_, [this] {
                      return judge_.not_ready();
                    }};  // Destroyed after the queue, which posts to its loops.
  std::unique_ptr<queue::Queue> queue_;
  std::optional<FleetWatch> fleet_;
  CourierService courier_{settings_, clock_, metrics_};
};

Result<> Service::start() {
  log::set_level(settings_.log_level);
  raise_resource_limits();
  EVALX_TRY_VOID(give_up_rights());
  EVALX_TRY(gate::TokenList tokens, token_source_.read());
  http_.tokens().replace(std::move(tokens));
  // First the port: if it is in use, the start fails before the queue is opened.
  EVALX_TRY_VOID(http_.bind(role_ == Role::Worker ? 1 : settings_.http_threads));
  EVALX_TRY(queue_, open_queue(settings_, clock_));
  fleet_.emplace(loop_, *queue_, metrics_);
  if (judges(role_)) EVALX_TRY_VOID(judge_.open());
  EVALX_TRY_VOID(find_languages());
  start_http();
  if (judges(role_)) judge_.start(*queue_);
  fleet_->start();
  if (role_ != Role::Worker) EVALX_TRY_VOID(courier_.start(*queue_));
  return {};
}

/// After this only the launcher has rights on this machine.
Result<> Service::give_up_rights() {
  const Identity identity = unprivileged_identity();
  if (!judges(role_)) return give_up_root(identity, SetuidTools::Refused);
  EVALX_TRY_VOID(judge_.prepare(identity));
  return give_up_root(identity, setuid_tools_of(settings_.sandbox));
}

/// Without an engine: shows those languages of the workers that this process defines as well.
Result<> Service::find_languages() {
  if (judges(role_)) {
    languages_.emplace(judge_.engine().catalogue());
    return {};
  }
  EVALX_TRY(catalogue_, language::Catalogue::load_builtin(settings_.languages_dir));
  languages_.emplace(*catalogue_);
  fleet_->keep(*languages_, fleet_engine_);
  const Result<> looked = run_to_end(loop_, fleet_->look());
  loop_.restart();
  return looked;
}

void Service::start_http() {
  if (role_ == Role::Worker) return http_.serve_operations(queue_->figures());
  api::v1::EngineFacts facts;
  facts.version = version();
  facts.body_bytes_max = settings_.body_limit.count;
  facts.callbacks = callback_facts(settings_);
  facts.engine = [this] { return fleet_engine_.view(); };
  if (judges(role_)) {
    facts.bounds = limit_bounds(config::this_machine(), settings_);
    facts.engine = [view = engine_view(announcement_of(judge_.engine(), judge_.machine()),
                                       queue_kind(settings_))] { return view; };
  }
  http_.serve_api(*queue_, {*languages_, std::move(facts), callback_check(settings_)});
}

void Service::log_start() const {
  const auto languages = languages_->all();
  const auto available = std::count_if(languages->begin(), languages->end(),
                                       [](const auto& language) { return language.available(); });
  log::info("listening", {{"role", name_of(role_)},
                          {"address", settings_.listen_address},
                          {"port", http_.port()},
                          {"version", version()},
                          {"languages", available}});
  if (http_.is_open_to_everybody()) {
    log::warning(
        role_ == Role::Worker
            ? "the whole network can read the metrics: configure tokens (evalx token new), "
              "or put a proxy that authenticates in front"
            : "the whole network can submit and read: configure tokens (evalx token new), "
              "or put a proxy that authenticates in front",
        {{"address", settings_.listen_address}});
  }
  if (!judges(role_)) return;
  log::info("judging", {{"data_dir", settings_.data_dir->string()},
                        {"max_concurrent_sandboxes", settings_.max_concurrent_sandboxes},
                        {"seccomp_profile", to_string(settings_.seccomp_profile)},
                        {"recovered_jobs", queue_->figures().recovered.load()}});
}

/// HTTP continues until the last running job has ended or is back in the queue: waiting clients get
/// their result, and /readyz answers 503. Then stop_http() gives the remaining clients the current
/// state, while the courier ends.
Task<> Service::drain_on_signal() {
  const auto [error, signal] = co_await signals_.async_wait(kAsResult);
  const auto end = std::chrono::steady_clock::now() + settings_.drain_grace;
  http_.close();
  log::info(judges(role_)
                ? "draining: no new jobs, running jobs may finish; a second signal ends this"
                : "draining: no new submissions; waiting clients get the current state",
            {{"signal", signal}, {"grace_s", settings_.drain_grace.count()}});
  asio::co_spawn(loop_, hurry_on_signal(), asio::detached);
  if (judges(role_)) co_await judge_.drain(settings_.drain_grace);
  Wakeup courier_stopped = stop_courier(end);
  co_await stop_http(end);
  std::stop_token never;
  co_await courier_stopped.wait(std::move(never));
  loop_.stop();
}

Task<> Service::hurry_on_signal() {
  const auto [error, signal] = co_await signals_.async_wait(kAsResult);
  log::info(judges(role_) ? "second signal: returning running jobs to the queue"
                          : "second signal: ending at once",
            {{"signal", signal}});
  hurried_ = true;
  if (judges(role_)) judge_.hurry();
  courier_.hurry();
  if (is_stopping_http_) http_.stop(kLastAnswers);
}

/// SIGHUP reads the tokens again. If the file is wrong or gone, the tokens stay as they were: only
/// a start can make a server that asks for none.
Task<> Service::reload_on_signal() {
  while (true) {
    const auto [error, signal] = co_await reload_signals_.async_wait(kAsResult);
    if (error) co_return;
    auto tokens = token_source_.read();
    if (!tokens) {
      log::error("the tokens stay as they were",
                 {{"what", tokens.error().what}, {"error", tokens.error().code.message()}});
      continue;
    }
    if (tokens->empty() && !http_.tokens().list()->empty()) {
      log::error("the tokens stay as they were",
                 {{"what", "the file of tokens is gone; only a new start serves without tokens"}});
      continue;
    }
    log::info("read the tokens again", {{"tokens", tokens->size()}});
    http_.tokens().replace(*std::move(tokens));
  }
}

/// In a thread of its own: stop() blocks, and the requests it waits for may need this loop.
Task<> Service::stop_http(std::chrono::steady_clock::time_point end) {
  const auto left = std::chrono::ceil<Milliseconds>(end - std::chrono::steady_clock::now());
  const Milliseconds grace = hurried_ ? kLastAnswers : std::max(left, kLastAnswers);
  is_stopping_http_ = true;
  Timer stopped{loop_.get_executor(), kNeverExpires};
  const std::jthread stopping{[this, grace, &stopped] {
    http_.stop(grace);
    asio::post(loop_, [&stopped] { stopped.cancel(); });
  }};
  co_await stopped.async_wait(kAsResult);
}

/// Begins to stop the courier; the result is set when it has stopped. The results of jobs that
/// ended in the drain are still called back.
Wakeup Service::stop_courier(std::chrono::steady_clock::time_point end) {
  const auto left = std::chrono::ceil<Milliseconds>(end - std::chrono::steady_clock::now());
  const Milliseconds grace = std::clamp(left - kLastAnswers, Milliseconds{0}, kLastCallbacks);
  Wakeup stopped{loop_.get_executor()};
  asio::co_spawn(loop_, courier_.stop(grace),
                 [stopped](const std::exception_ptr&) mutable { stopped.set(); });
  return stopped;
}

void Service::run() {
  asio::co_spawn(loop_, drain_on_signal(), asio::detached);
  asio::co_spawn(loop_, reload_on_signal(), asio::detached);
  log_start();
  // For a person at a terminal; programs read the log line above.
  if (role_ != Role::Worker && ::isatty(STDERR_FILENO) != 0)
    std::fputs(greeting(settings_, http_.port()).c_str(), stderr);
  loop_.run();
  log::info("stopped");
}

}  // namespace

Result<> serve(Role role, const config::Settings& settings) {
  asio::io_context loop{1};
  Service service{role, settings, loop};
  EVALX_TRY_VOID(service.start());
  service.run();
  return {};
}

}  // namespace evalx::service
