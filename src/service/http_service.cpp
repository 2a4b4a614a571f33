#include "service/http_service.hpp"

#include "http/router.hpp"

namespace evalx::service {

HttpService::HttpService(const config::Settings& settings, const Clock& clock,
                         metrics::Metrics& metrics)
    : settings_(settings), clock_(clock), metrics_(metrics) {}

Result<> HttpService::bind(unsigned threads) {
  http::ServerOptions options;
  options.address = settings_.listen_address;
  options.port = settings_.listen_port;
  options.threads = threads;
  options.limits.body = settings_.body_limit;
  EVALX_TRY(server_, http::Server::listen(std::move(options), clock_));
  return {};
}

void HttpService::serve_api(queue::Queue& queue, ApiContent content) {
  awaited_ = &queue;
  submissions_ =
      std::make_unique<api::v1::Submissions>(queue, content.languages, content.facts.bounds);
  events_ = std::make_unique<api::v1::Events>(queue);
  discovery_ = std::make_unique<api::v1::Discovery>(content.languages, std::move(content.facts));
  add_operations(queue);
  serve();
}

void HttpService::serve_operations(queue::Queue& queue) {
  add_operations(queue);
  serve();
}

void HttpService::close() {
  draining_ = true;
  if (submissions_) submissions_->close();
}

void HttpService::stop(Milliseconds grace) {
  if (!server_) return;
  server_->stop(grace, [this] {
    if (awaited_ == nullptr) return;
    events_->close();
    awaited_->end_waits();
  });
}

void HttpService::add_operations(queue::Queue& queue) {
  api::OperationsHooks hooks;
  hooks.metrics_text = [this] { return metrics_.serialize(); };
  hooks.not_ready = [this]() -> std::vector<std::string> {
    if (!draining_) return {};
    return {"shutting down"};
  };
  operations_ = std::make_unique<api::Operations>(queue, std::move(hooks));
  metrics_.add_collector([this, &queue] { collect(queue); });
}

void HttpService::collect(const queue::Queue& queue) {
  const queue::Depth depth = queue.depth();
  const queue::Totals totals = queue.totals();
  metrics_.set_queue_depth("default", depth.queued);
  metrics_.set_queue_oldest(depth.oldest_queued);
  using Job = metrics::JobEvent;
  metrics_.set_jobs_total(Job::Accepted, totals.accepted);
  metrics_.set_jobs_total(Job::Done, totals.done);
  metrics_.set_jobs_total(Job::Cancelled, totals.cancelled);
  metrics_.set_jobs_total(Job::Recovered, totals.recovered);
  metrics_.set_jobs_total(Job::Retried, totals.retried);
  metrics_.set_jobs_total(Job::Vanished, totals.vanished);
  metrics_.set_jobs_total(Job::Expired, totals.expired);
  metrics_.set_leases_lost_total(totals.lease_lost);
  metrics_.set_dead_letters_total(totals.dead);
  metrics_.set_http_connections(server_->connections());
}

void HttpService::serve() {
  server_->serve([this](Executor) { return make_router(); });
}

std::unique_ptr<http::Handler> HttpService::make_router() {
  auto router = std::make_unique<http::Router>(clock_);
  router->observe([this](const http::Served& served) {
    metrics_.request_served(served.method, served.route, served.status, served.took);
  });
  if (submissions_) {
    api::v1::add_routes(*router, {*submissions_, *events_, *discovery_, *operations_});
  } else {
    api::v1::add_operations(*router, *operations_);
  }
  return router;
}

}  // namespace evalx::service
