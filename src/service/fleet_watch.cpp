#include "service/fleet_watch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/log.hpp"
#include "base/timer.hpp"

namespace evalx::service {
namespace {

/// Clients and operators see a change among the workers after this time.
constexpr std::chrono::seconds kLookEvery{2};

prometheus::Gauge& gauge(metrics::Metrics& metrics, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(metrics.registry()).Add({});
}

}  // namespace

FleetWatch::FleetWatch(asio::io_context& loop, queue::Operations& queue, metrics::Metrics& metrics)
    : loop_(loop),
      queue_(queue),
      workers_metric_(
          gauge(metrics, "evalx_workers", "Live workers of the queue, this process or not.")),
      sandboxes_metric_(
          gauge(metrics, "evalx_worker_sandboxes",
                "Sandboxes that the live workers of the queue may run at once, all together.")) {}

void FleetWatch::keep(CatalogueList& languages, FleetEngine& engine) {
  languages_ = &languages;
  engine_ = &engine;
}

Task<Result<>> FleetWatch::look() {
  const auto live = co_await queue_.workers();
  if (!live) co_return tl::make_unexpected(live.error());
  const worker::FleetSummary fleet = worker::summarize(*live);
  workers_metric_.Set(static_cast<double>(fleet.workers));
  sandboxes_metric_.Set(static_cast<double>(fleet.together ? fleet.together->sandboxes : 0));
  if (languages_ == nullptr) co_return Result<>{};
  languages_->show(fleet);
  engine_->show(fleet);
  if (fleet.workers != workers_) {
    log::info("the number of workers has changed",
              {{"from", workers_}, {"to", fleet.workers}, {"silent", fleet.silent}});
    workers_ = fleet.workers;
  }
  co_return Result<>{};
}

void FleetWatch::start() {
  asio::co_spawn(loop_, go_on(), asio::detached);
}

/// While the queue is unavailable the last state stays; /readyz reports the queue.
Task<> FleetWatch::go_on() {
  Timer timer{loop_.get_executor()};
  while (true) {
    [[maybe_unused]] const Result<> seen = co_await look();
    timer.expires_after(kLookEvery);
    const auto [error] = co_await timer.async_wait(kAsResult);
    if (error) co_return;
  }
}

}  // namespace evalx::service
