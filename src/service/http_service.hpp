#pragma once
// HttpService: the HTTP of a process: the API, or only what operators ask; and its own figures.

#include <atomic>
#include <memory>

#include "api/v1/routes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "http/server.hpp"
#include "metrics/metrics.hpp"
#include "queue/queue.hpp"

namespace evalx::service {

/// What the API tells about those who judge.
struct ApiContent {
  const api::LanguageList& languages;
  api::v1::EngineFacts facts;
};

/// Belongs to the thread that makes it, stop() aside. What it is given must outlive it, but for the
/// queue, which must be closed between stop() and its end: it posts to the server's loops.
class HttpService {
 public:
  HttpService(const config::Settings& settings, const Clock& clock, metrics::Metrics& metrics);

  /// Takes the port; who connects waits. Errors: http::Server::listen()'s.
  Result<> bind(unsigned threads);
  /// Serves every route. Call once, after bind().
  void serve_api(queue::Queue& queue, ApiContent content);
  /// In its place: /healthz, /readyz and /metrics alone.
  void serve_operations(queue::Queue& queue);

  /// From here on /readyz says that it is not, and no new submission is taken. From any thread.
  void close();
  /// http::Server::stop(): waits, but for a second call. Clients that wait for a result get at once
  /// what they would get when their patience is over, and event streams end.
  void stop(Milliseconds grace);

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  void add_operations(queue::Queue& queue);
  void collect(const queue::Queue& queue);
  void serve();
  std::unique_ptr<http::Handler> make_router();

  const config::Settings& settings_;
  const Clock& clock_;
  metrics::Metrics& metrics_;
  std::atomic<bool> draining_{false};
  queue::Queue* awaited_ = nullptr;  ///< Whose results clients may wait for; null: no API.
  std::unique_ptr<api::v1::Submissions> submissions_;
  std::unique_ptr<api::v1::Events> events_;
  std::unique_ptr<api::v1::Discovery> discovery_;
  std::unique_ptr<api::Operations> operations_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace evalx::service
