#pragma once
// Server: listens on one address with one event loop, one acceptor and one handler per thread.

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
  std::uint16_t port = 2358;          ///< 0: any free one; port() tells which.
  unsigned threads = 1;
  /// Of all threads. At the bound a new connection replaces one that has no request under way; if
  /// there is none, it is answered with 503 and closed.
  std::size_t connections_max = 4096;
  SessionLimits limits;
};

/// Called once per thread, on the caller's thread; what it returns is used by its own thread only.
/// A handler may post to the Executor, but must own no timer or socket on it: the loop goes first.
using HandlerFactory = std::function<std::unique_ptr<Handler>(Executor)>;

/// Its loops live until it is destroyed: destroy it after everything that may still post to an
/// Executor given to a handler, and stop it before.
class Server {
 public:
  /// Takes the port; who connects waits for serve(). Errors: "bind 0.0.0.0:2358" with bind(2)'s or
  /// listen(2)'s code; EINVAL for an address that is not numeric. `clock` must outlive the server.
  /// A port another process listens on is taken, even if that process would share it.
  static Result<std::unique_ptr<Server>> listen(ServerOptions options, const Clock& clock);
  /// Starts the threads. To be called once.
  void serve(const HandlerFactory& make_handler);
  /// Both.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, const Clock& clock,
                                               const HandlerFactory& make_handler);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// As stop(0).
  ~Server();

  /// Stops accepting, closes idle connections, lets requests and streams under way finish until
  /// `grace` has passed, closes what is left, and waits for the threads. A later call, from any
  /// thread, does not wait: it makes the grace of the first end `grace` from now, if that is
  /// sooner. `draining` is called by the first, before it waits: every response begun after it says
  /// that its connection closes.
  void stop(Milliseconds grace, const std::function<void()>& draining = {});

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Open connections, for metrics; from any thread.
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
