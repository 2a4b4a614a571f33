#include "service/http_service.hpp"

#include "gate/names.hpp"
#include "http/router.hpp"
#include "service/queue_metrics.hpp"
#include "service/request_log.hpp"

namespace evalx::service {
namespace {

gate::Policy policy_of(const config::Settings& settings) {
  return {gate::is_loopback_address(settings.listen_address), settings.allowed_hosts,
          settings.allowed_origins};
}

}  // namespace

HttpService::HttpService(const config::Settings& settings, const Clock& clock,
                         metrics::Metrics& metrics, std::function<std::string()> not_ready)
    : settings_(settings),
      clock_(clock),
      metrics_(metrics),
      not_ready_(std::move(not_ready)),
      policy_(policy_of(settings)) {}

Result<> HttpService::bind(unsigned threads) {
  http::ServerOptions options;
  options.address = settings_.listen_address;
  options.port = settings_.listen_port;
  options.threads = threads;
  options.limits.body = settings_.body_limit;
  EVALX_TRY(server_, http::Server::listen(std::move(options), clock_));
  return {};
}

void HttpService::serve_api(queue::Inbox& queue, ApiContent content) {
  awaited_ = &queue;
  submissions_ = std::make_unique<api::v1::Submissions>(
      queue, content.languages, content.facts.bounds, std::move(content.callback_check));
  events_ = std::make_unique<api::v1::Events>(queue);
  discovery_ = std::make_unique<api::v1::Discovery>(content.languages, std::move(content.facts));
  add_operations(queue.figures());
  serve();
}

void HttpService::serve_operations(const queue::Figures& queue) {
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

void HttpService::add_operations(const queue::Figures& queue) {
  api::OperationsHooks hooks;
  hooks.metrics_text = [this] { return metrics_.text(); };
  hooks.not_ready = [this]() -> std::vector<std::string> {
    std::vector<std::string> reasons;
    if (draining_) reasons.emplace_back("shutting down");
    std::string reason = not_ready_ ? not_ready_() : std::string{};
    if (!reason.empty()) reasons.push_back(std::move(reason));
    return reasons;
  };
  operations_ = std::make_unique<api::Operations>(queue, std::move(hooks));
  metrics_.add_source([&queue]() -> Task<metrics::Figures> { co_return queue_figures(queue); });
  metrics_.add_source([this]() -> Task<metrics::Figures> { co_return http_figures(*server_); });
}

void HttpService::serve() {
  rules_ = api::operations_rules();
  if (submissions_) {
    const gate::Rules more = api::v1::rules();
    rules_.insert(rules_.end(), more.begin(), more.end());
  }
  server_->serve([this](Executor) { return make_handler(); });
}

std::unique_ptr<http::Handler> HttpService::make_handler() {
  auto router = std::make_unique<http::Router>(clock_);
  router->observe([this](const http::Served& served) { http_metrics_.served(served); });
  api::add_operations(*router, *operations_);
  if (submissions_) api::v1::add_routes(*router, {*submissions_, *events_, *discovery_});
  auto gate = std::make_unique<gate::Gate>(std::move(router), rules_, policy_, tokens_);
  return std::make_unique<RequestLog>(std::move(gate), clock_);
}

}  // namespace evalx::service
