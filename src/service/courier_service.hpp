#pragma once
// CourierService: the courier of a process, on a thread of its own.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <thread>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "config/settings.hpp"
#include "http/client/client.hpp"
#include "metrics/metrics.hpp"
#include "queue/queue.hpp"
#include "service/courier_metrics.hpp"
#include "webhook/courier.hpp"

namespace evalx::service {

/// TLS handshakes and the signatures of large bodies take CPU time: on its own thread, they delay
/// neither HTTP nor leases. Arguments must outlive this object; the queue must outlive it as well.
class CourierService {
 public:
  CourierService(const config::Settings& settings, const Clock& clock, metrics::Metrics& metrics);
  CourierService(const CourierService&) = delete;
  CourierService& operator=(const CourierService&) = delete;
  /// Ends the thread. Callbacks that are still under way are sent again by a later process.
  ~CourierService();

  /// Starts taking callbacks from `queue`. Without webhook_secrets it does nothing, except that it
  /// warns if callbacks wait. Call once. Errors: those of SigningSecrets::parse(), and of
  /// Tls::with_system_certificates().
  Result<> start(queue::Queue& queue);

  // As in webhook::Courier; from any event loop. They do nothing if nothing was started.
  Task<> stop(Milliseconds grace);
  void hurry();

 private:
  const config::Settings& settings_;
  const Clock& clock_;
  CourierMetrics metrics_;
  http::client::SystemResolver resolver_;
  std::unique_ptr<http::client::Tls> tls_;
  std::optional<http::client::Client> client_;
  std::optional<webhook::Sender> sender_;
  std::optional<webhook::Courier> courier_;
  asio::io_context loop_{1};  ///< Destroyed before what its coroutines use.
  std::optional<asio::executor_work_guard<Executor>> work_;
  std::thread thread_;
};

}  // namespace evalx::service
