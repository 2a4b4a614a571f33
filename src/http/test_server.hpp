#pragma once
// TestServer: a server on a free port, with a handler that a test controls.

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/timer.hpp"
#include "http/server.hpp"
#include "http/test_client.hpp"

namespace evalx::http {

/// More than fits into the buffers of two sockets.
constexpr std::size_t kLargeBytes = std::size_t{32} << 20;

/// Stops one coroutine until a test opens the gate.
class Gate {
 public:
  /// Called on the server's thread. Returns when opened, or when cancelled.
  Task<> pass() {
    const Executor executor = co_await asio::this_coro::executor;
    Timer timer{executor, kNeverExpires};
    timer_ = &timer;
    reached_.set_value(executor);
    const auto [code] = co_await timer.async_wait(kAsResult);
    static_cast<void>(code);
  }

  /// Called on the test's thread; waits until a coroutine is at the gate.
  void wait_reached() { executor_ = reached_.get_future().get(); }
  void open() {
    asio::post(*executor_, [this] { timer_->cancel(); });
  }

 private:
  std::promise<Executor> reached_;
  std::optional<Executor> executor_;
  Timer* timer_ = nullptr;
};

/// Sends "one" and "two", then waits at the gate, if there is one, and ends.
class TestStream final : public BodyStream {
 public:
  TestStream(Gate* gate, std::promise<void>* destroyed) : gate_(gate), destroyed_(destroyed) {}
  TestStream(const TestStream&) = delete;
  TestStream& operator=(const TestStream&) = delete;
  ~TestStream() override {
    if (destroyed_ != nullptr) destroyed_->set_value();
  }

  Task<std::optional<std::string>> next() override {
    ++pieces_;
    if (pieces_ == 1) co_return "one";
    if (pieces_ == 2) co_return "two";
    if (gate_ != nullptr) co_await gate_->pass();
    co_return std::nullopt;
  }

 private:
  int pieces_ = 0;
  Gate* gate_;
  std::promise<void>* destroyed_;
};

struct TestHandler final : Handler {
  Gate* gate = nullptr;
  std::promise<void>* stream_destroyed = nullptr;
  std::function<std::optional<Response>(Request&)> admission;

  std::optional<Response> admit(Request& head) override {
    return admission ? admission(head) : std::nullopt;
  }

  Task<Response> handle(Request request) override {
    Response response;
    if (request.target == "/stream") {
      response.stream = std::make_unique<TestStream>(gate, stream_destroyed);
    } else if (request.target == "/gate") {
      co_await gate->pass();
      response.body = "passed";
    } else if (request.target == "/throw") {
      throw std::runtime_error{"thrown on purpose"};
    } else if (request.target == "/injection") {
      response.headers.push_back({"X-Name", "a\r\nX-Evil: b"});
    } else if (request.target == "/large") {
      response.body = std::string(kLargeBytes, 'x');
    } else {
      response.status = 201;
      response.headers = {
          {"X-Target", request.target}, {"X-Method", request.method}, {"X-Client", request.client}};
      response.body = std::move(request.body);
    }
    co_return response;
  }
};

class TestServer {
 public:
  explicit TestServer(ServerOptions options = {}, TestHandler handler = {}) {
    options.port = 0;
    auto started = Server::start(options, clock_, [&handler](const Executor&) {
      return std::make_unique<TestHandler>(handler);
    });
    if (started) server_ = std::move(*started);
  }

  [[nodiscard]] TestClient connect() const { return TestClient{server_->port()}; }
  /// Sends `bytes` on a new connection and returns the first reply.
  [[nodiscard]] Reply reply_to(std::string_view bytes) const {
    TestClient client = connect();
    client.send(bytes);
    return client.read_reply();
  }
  [[nodiscard]] Server& server() { return *server_; }

 private:
  SystemClock clock_;
  std::unique_ptr<Server> server_;
};

}  // namespace evalx::http
