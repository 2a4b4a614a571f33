#pragma once
// Server: listens on one address; each thread has an event loop, an acceptor and a handler.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/handler.hpp"
#include "http/limits.hpp"

namespace evalx::http {

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< Numeric, IPv4 or IPv6.
  std::uint16_t port = 2358;          ///< 0: a free one, which port() returns.
  unsigned threads = 1;
  /// For all threads together. At the limit a new connection replaces one of any thread that has no
  /// request in progress; if there is none, it is answered with 503 and closed.
  std::size_t connections_max = 4096;
  SessionLimits limits;
};

/// serve() calls it once for each thread, on the caller's thread. Only the handler's own thread
/// uses the handler. A handler may post to the Executor, but must own no timer or socket on it,
/// because the loop is destroyed before the handler.
using HandlerFactory = std::function<std::unique_ptr<Handler>(Executor)>;

/// Its event loops live as long as the server. Destroy the server after all objects that may
/// post to an Executor of a handler, and stop it before them.
class Server {
 public:
  /// Opens the port; clients that connect wait until serve(). `clock` must outlive the server.
  /// Errors: "bind 0.0.0.0:2358" with the code of bind(2) or listen(2); EADDRINUSE if another
  /// process listens on the port, even with SO_REUSEPORT; EINVAL for an address that is not
  /// numeric.
  static Result<std::unique_ptr<Server>> listen(ServerOptions options, const Clock& clock);
  /// Starts the threads. Call it once.
  void serve(const HandlerFactory& make_handler);
  /// listen() and serve() in one call.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, const Clock& clock,
                                               const HandlerFactory& make_handler);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Does the same as stop(0).
  ~Server();

  /// Drains the server: stops accepting, closes idle connections, gives requests that still arrive
  /// SessionLimits::drain_time for their rest, lets requests and streams in progress finish for at
  /// most `grace`, closes what is left, and waits for the threads. The first
  /// call runs `draining` before it waits; every response that begins after that has "Connection:
  /// close". A later call, from any thread, does not wait: it shortens the grace of the first call
  /// to `grace` from now, if that is earlier.
  void stop(Milliseconds grace, const std::function<void()>& draining = {});

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Number of open connections, for metrics. May be called from any thread.
  [[nodiscard]] std::size_t connections() const;

 private:
  struct Shared;
  class Loop;
  Server();

  std::uint16_t port_ = 0;
  std::unique_ptr<Shared> shared_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace evalx::http
