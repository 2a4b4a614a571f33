#include "service/courier_service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>

#include "api/v1/documents.hpp"
#include "base/assert.hpp"
#include "base/log.hpp"
#include "base/timer.hpp"
#include "queue/thread.hpp"
#include "service/callback_settings.hpp"

namespace evalx::service {
namespace {

/// The same bytes as the answer to GET.
std::string body_of(queue::Record record) {
  return api::v1::state_response(std::move(record)).body;
}

void warn_of_unsent(std::size_t waiting) {
  if (waiting == 0) return;
  log::warning("callbacks wait, but are not sent: webhook_secrets is not set",
               {{"callbacks", waiting}});
}

}  // namespace

CourierService::CourierService(const config::Settings& settings, const Clock& clock,
                               metrics::Metrics& metrics)
    : settings_(settings), clock_(clock), metrics_(metrics) {}

CourierService::~CourierService() {
  if (!thread_.joinable()) return;
  work_.reset();
  loop_.stop();
  thread_.join();
}

Result<> CourierService::start(queue::Queue& queue) {
  if (settings_.webhook_secrets.empty()) {
    warn_of_unsent(queue.figures().callbacks_waiting);
    return {};
  }
  EVALX_TRY(auto secrets, webhook::SigningSecrets::parse(settings_.webhook_secrets));
  EVALX_TRY(tls_, http::client::Tls::with_system_certificates());
  if (!http::client::Tls::has_system_certificates())
    log::warning(
        "callbacks to https:// will fail: this machine has no certificates of authorities; "
        "install the package ca-certificates");
  const webhook::Reach reach = reach_of(settings_);
  client_.emplace(resolver_, *tls_);
  sender_.emplace(*client_, clock_, std::move(secrets), reach);
  courier_.emplace(loop_.get_executor(),
                   webhook::Courier::Parts{queue, queue, *sender_, reach, clock_, body_of,
                                           [this](const webhook::Attempted& attempted) {
                                             metrics_.attempted(attempted);
                                           }});
  courier_->start();
  work_.emplace(loop_.get_executor());
  thread_ = queue::start_thread("evalx-courier", [this] { loop_.run(); });
  return {};
}

Task<> CourierService::stop(Milliseconds grace) {
  if (!courier_) co_return;
  Timer stopped{co_await asio::this_coro::executor, kNeverExpires};
  asio::co_spawn(loop_, courier_->stop(grace), [&stopped](const std::exception_ptr& exception) {
    EVALX_ASSERT(!exception);
    asio::post(stopped.get_executor(), [&stopped] { stopped.cancel(); });
  });
  co_await stopped.async_wait(kAsResult);
}

void CourierService::hurry() {
  if (!courier_) return;
  asio::post(loop_, [this] { courier_->hurry(); });
}

}  // namespace evalx::service
