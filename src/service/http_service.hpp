#pragma once
// HttpService: the HTTP server of a process, with the API or with the operators' routes only.

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "api/operations.hpp"
#include "api/v1/routes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "gate/gate.hpp"
#include "http/server.hpp"
#include "metrics/metrics.hpp"
#include "queue/inbox.hpp"
#include "service/http_metrics.hpp"

namespace evalx::service {

/// The languages and the engine that the API reports, and the callbacks that it accepts.
struct ApiContent {
  const api::LanguageList& languages;
  api::v1::EngineFacts facts;
  api::v1::CallbackCheck callback_check = {};
};

/// Used by the thread that makes it; close() and stop() may be called from any thread. Arguments
/// must outlive this object, except the queue. The queue posts to the server's loops, so its owner
/// destroys it after stop() and before this object.
class HttpService {
 public:
  /// `not_ready` returns a reason why this process is not ready, or nothing; called by any thread.
  HttpService(const config::Settings& settings, const Clock& clock, metrics::Metrics& metrics,
              std::function<std::string()> not_ready = {});

  /// Listens on the port. Connections wait until one of the two functions below is called. Errors:
  /// http::Server::listen()'s.
  Result<> bind(unsigned threads);
  /// Serves all routes. Call once, after bind().
  void serve_api(queue::Inbox& queue, ApiContent content);
  /// Serves only /healthz, /readyz and /metrics. Call once, after bind(), instead of serve_api().
  void serve_operations(const queue::Figures& queue);

  /// The tokens that requests are checked against; none at first. A list may be replaced at any
  /// time, from any thread.
  [[nodiscard]] gate::Tokens& tokens() { return tokens_; }

  /// From now on /readyz answers 503 and new submissions are refused.
  void close();
  /// Calls http::Server::stop(): the first call blocks until the server's threads have ended; later
  /// calls only shorten its grace. Clients that wait for a result get the current state at once,
  /// and event streams end. Does nothing before bind().
  void stop(Milliseconds grace);

  /// Whether other machines can connect, and need no token.
  [[nodiscard]] bool is_open_to_everybody() const {
    return !policy_.on_loopback && tokens_.list()->empty();
  }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  void add_operations(const queue::Figures& queue);
  void serve();
  std::unique_ptr<http::Handler> make_handler();

  const config::Settings& settings_;
  const Clock& clock_;
  metrics::Metrics& metrics_;
  const std::function<std::string()> not_ready_;
  HttpMetrics http_metrics_{metrics_};
  const gate::Policy policy_;
  gate::Rules rules_;
  gate::Tokens tokens_;
  std::atomic<bool> draining_{false};
  queue::Inbox* awaited_ = nullptr;  ///< The queue that clients wait on; null without an API.
  std::unique_ptr<api::v1::Submissions> submissions_;
  std::unique_ptr<api::v1::Events> events_;
  std::unique_ptr<api::v1::Discovery> discovery_;
  std::unique_ptr<api::Operations> operations_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace evalx::service
