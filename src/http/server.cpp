#include "http/server.hpp"

#include <fcntl.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <exception>
#include <string_view>
#include <thread>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "base/timer.hpp"
#include "http/acceptor.hpp"
#include "http/session.hpp"

namespace evalx::http {
namespace {

/// Pause of accepting when there is no descriptor or memory for another connection.
constexpr Milliseconds kAcceptPause{50};

constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

/// A coroutine only throws after a bug in evalX or without memory. Both end the process.
void rethrow(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

/// Blocks all signals while it lives: threads started meanwhile inherit that, and the thread that
/// waits for signals receives them.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

struct Server::Shared {
  ServerOptions options;
  std::vector<Loop*> loops;  ///< Set before serving.
  std::atomic<std::size_t> open = 0;
  std::atomic<bool> stopped = false;
  bool serving = false;
};

/// One thread of the server, with its event loop and connections.
class Server::Loop {
 public:
  Loop(Shared& shared, const Clock& clock)
      : shared_(shared), connections_(clock, shared.options.limits, shared.open) {}

  Executor executor() { return context_.get_executor(); }

  void listen(Acceptor acceptor) { acceptor_.emplace(std::move(acceptor)); }

  void start(std::unique_ptr<Handler> handler) {
    handler_ = std::move(handler);
    asio::co_spawn(context_, accept(), rethrow);
    asio::co_spawn(context_, sweep(), rethrow);
    thread_ = std::thread{[this] { context_.run(); }};
  }

  void begin_stop(Milliseconds grace) {
    asio::post(context_, [this, grace] {
      boost::system::error_code ignored;
      acceptor_->close(ignored);
      end_grace(std::chrono::steady_clock::now() + grace);
      connections_.drain([this] { context_.stop(); });
    });
  }

  void shorten_stop(Milliseconds grace) {
    asio::post(context_, [this, grace] { end_grace(std::chrono::steady_clock::now() + grace); });
  }

  void join() { thread_.join(); }

 private:
  Task<> accept();
  Task<> sweep();
  void end_grace(std::chrono::steady_clock::time_point end);
  void welcome(Socket socket);
  bool make_room();

  Shared& shared_;
  std::unique_ptr<Handler> handler_;
  Connections connections_;
  // Destroyed before the members above it, with the coroutines that use them.
  asio::io_context context_{1};
  std::optional<Acceptor> acceptor_;
  Timer tick_{context_.get_executor()};
  Timer pause_{context_.get_executor()};
  Timer grace_{context_.get_executor()};
  std::chrono::steady_clock::time_point grace_end_ = std::chrono::steady_clock::time_point::max();
  std::thread thread_;
};

void Server::Loop::end_grace(std::chrono::steady_clock::time_point end) {
  if (end >= grace_end_) return;
  grace_end_ = end;
  grace_.expires_at(end);
  grace_.async_wait([this](boost::system::error_code code) {
    if (code) return;
    connections_.close_all();
    context_.stop();
  });
}

Task<> Server::Loop::accept() {
  bool failing = false;
  while (acceptor_->is_open()) {
    auto [code, socket] = co_await acceptor_->async_accept(kAsResult);
    if (!code) {
      failing = false;
      welcome(std::move(socket));
    } else if (code == asio::error::operation_aborted) {
      co_return;
    } else if (code != asio::error::connection_aborted) {
      // EMFILE and similar: close an idle connection. New connections wait in the backlog.
      if (!failing) log::warning("accept failed", {{"error", code.message()}});
      failing = true;
      make_room();
      pause_.expires_after(kAcceptPause);
      const auto [interrupted] = co_await pause_.async_wait(kAsResult);
      if (interrupted) co_return;
    }
  }
}

void Server::Loop::welcome(Socket socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  if (shared_.open.load(std::memory_order_relaxed) >= shared_.options.connections_max &&
      !make_room()) {
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(kFull), ignored);
    return;
  }
  asio::co_spawn(context_, http::serve(std::move(socket), *handler_, connections_), rethrow);
}

/// Closes an idle connection of this thread, or lets another thread close one of its own: the new
/// connection does not wait for that, so there may be one more for a moment. False if all threads
/// are busy with requests.
bool Server::Loop::make_room() {
  if (connections_.evict_one()) return true;
  const auto other = std::find_if(shared_.loops.begin(), shared_.loops.end(),
                                  [](const Loop* loop) { return loop->connections_.can_evict(); });
  if (other == shared_.loops.end()) return false;
  asio::post((*other)->context_, [loop = *other] { loop->connections_.evict_one(); });
  return true;
}

Task<> Server::Loop::sweep() {
  for (;;) {
    tick_.expires_after(shared_.options.limits.sweep_interval);
    const auto [interrupted] = co_await tick_.async_wait(kAsResult);
    if (interrupted) co_return;
    connections_.sweep();
  }
}

Server::Server() = default;

Result<std::unique_ptr<Server>> Server::listen(ServerOptions options, const Clock& clock) {
  EVALX_ASSERT(options.threads > 0);
  std::unique_ptr<Server> server{new Server};
  server->shared_ = std::make_unique<Shared>();
  server->shared_->options = std::move(options);
  const ServerOptions& settled = server->shared_->options;

  std::vector<Executor> executors;
  std::vector<std::unique_ptr<Loop>> loops;
  for (unsigned i = 0; i < settled.threads; ++i) {
    loops.push_back(std::make_unique<Loop>(*server->shared_, clock));
    executors.push_back(loops.back()->executor());
  }
  EVALX_TRY(std::vector<Acceptor> acceptors, listen_on(settled.address, settled.port, executors));
  server->port_ = acceptors.front().local_endpoint().port();
  for (std::size_t i = 0; i < loops.size(); ++i) loops[i]->listen(std::move(acceptors[i]));
  for (const auto& loop : loops) server->shared_->loops.push_back(loop.get());
  server->loops_ = std::move(loops);
  return server;
}

void Server::serve(const HandlerFactory& make_handler) {
  EVALX_ASSERT(!shared_->serving);
  shared_->serving = true;
  const SignalsBlocked blocked;
  for (const auto& loop : loops_) loop->start(make_handler(loop->executor()));
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, const Clock& clock,
                                              const HandlerFactory& make_handler) {
  EVALX_TRY(std::unique_ptr<Server> server, listen(std::move(options), clock));
  server->serve(make_handler);
  return server;
}

Server::~Server() {
  stop(Milliseconds{0});
}

void Server::stop(Milliseconds grace, const std::function<void()>& draining) {
  if (!shared_->serving) return;
  if (shared_->stopped.exchange(true)) {
    for (const auto& loop : loops_) loop->shorten_stop(grace);
    return;
  }
  for (const auto& loop : loops_) loop->begin_stop(grace);
  if (draining) draining();
  for (const auto& loop : loops_) loop->join();
}

std::size_t Server::connections() const {
  return shared_->open.load(std::memory_order_relaxed);
}

}  // namespace evalx::http
