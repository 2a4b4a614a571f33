#include "service/fleet_watch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/log.hpp"
#include "base/timer.hpp"

namespace evalx::service {
namespace {

/// How old what clients and operators are told of the workers may be.
constexpr std::chrono::seconds kLookEvery{2};

}  // namespace

void FleetWatch::keep(CatalogueList& languages, FleetEngine& engine) {
  languages_ = &languages;
  engine_ = &engine;
}

Task<Result<>> FleetWatch::look() {
  const auto live = co_await queue_.workers();
  if (!live) co_return tl::make_unexpected(live.error());
  const worker::Fleet fleet = worker::unite(*live);
  metrics_.set_workers(fleet.workers, fleet.together ? fleet.together->sandboxes : 0);
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

/// While the queue cannot be asked what was last seen stands: readiness tells of that.
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
