#include "http/server.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <set>
#include <thread>
#include <vector>

#include "http/test_server.hpp"

namespace evalx::http {
namespace {

std::unique_ptr<TestHandler> make_handler(const Executor&) {
  return std::make_unique<TestHandler>();
}

TEST(Server, ReportsThePortThatIsInUse) {
  TestServer first;
  SystemClock clock;
  ServerOptions options;
  options.port = first.server().port();
  const auto second = Server::start(options, clock, make_handler);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, std::errc::address_in_use);
  EXPECT_EQ(second.error().what, "bind 127.0.0.1:" + std::to_string(options.port));
}

TEST(Server, OwnsItsPortBeforeItServes) {
  const SystemClock clock;
  ServerOptions options;
  options.port = 0;
  auto holder = Server::listen(options, clock);
  ASSERT_TRUE(holder);
  options.port = (*holder)->port();
  const auto second = Server::listen(options, clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, std::errc::address_in_use);
  holder->reset();  // Without serve().
  EXPECT_TRUE(Server::listen(options, clock));
}

TEST(Server, RefusesAnAddressThatIsNotNumeric) {
  SystemClock clock;
  ServerOptions options;
  options.address = "localhost";
  const auto server = Server::start(options, clock, make_handler);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().what, "bind localhost: not a numeric address");
}

TEST(Server, AcceptsOnAllItsThreads) {
  ServerOptions options;
  options.threads = 4;
  const TestServer server{options};
  std::vector<TestClient> clients;
  for (int i = 0; i < 64; ++i) clients.push_back(server.connect());
  for (TestClient& client : clients) EXPECT_EQ(client.request("GET", "/").status, 201U);
}

TEST(Server, CanStartAgainOnTheSamePort) {
  SystemClock clock;
  ServerOptions options;
  options.port = 0;
  auto first = Server::start(options, clock, make_handler);
  ASSERT_TRUE(first);
  options.port = (*first)->port();
  TestClient client{options.port};
  EXPECT_EQ(client.request("GET", "/").status, 201U);
  first->reset();
  auto second = Server::start(options, clock, make_handler);
  ASSERT_TRUE(second) << second.error().what;
}

TEST(Server, ServesAThousandConnectionsAtOnce) {
  constexpr rlim_t kDescriptors = 4096;
  rlimit descriptors{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &descriptors), 0);
  if (descriptors.rlim_max < kDescriptors) GTEST_SKIP() << "RLIMIT_NOFILE is below 4096";
  const rlimit raised{std::max(descriptors.rlim_cur, kDescriptors), descriptors.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &raised), 0);

  ServerOptions options;
  options.threads = 2;
  TestServer server{options};
  std::vector<TestClient> clients;
  for (int i = 0; i < 1000; ++i) clients.push_back(server.connect());
  for (int round = 0; round < 2; ++round) {
    for (TestClient& client : clients) client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    for (TestClient& client : clients) ASSERT_EQ(client.read_reply().status, 201U);
  }
  EXPECT_EQ(server.server().connections(), 1000U);
}

TEST(Server, ReplacesAnIdleConnectionWhenFull) {
  ServerOptions options;
  options.connections_max = 2;
  const TestServer server{options};
  TestClient first = server.connect();
  EXPECT_EQ(first.request("GET", "/").status, 201U);
  TestClient second = server.connect();
  EXPECT_EQ(second.request("GET", "/").status, 201U);
  TestClient third = server.connect();
  EXPECT_EQ(third.request("GET", "/").status, 201U);
  EXPECT_TRUE(first.closed_by_peer());
  EXPECT_EQ(second.request("GET", "/").status, 201U);
}

TEST(Server, ReplacesAnIdleConnectionOfAnotherThread) {
  constexpr std::size_t kMost = 8;
  ServerOptions options;
  options.threads = 4;
  options.connections_max = kMost;
  const TestServer server{options};
  std::vector<TestClient> idle;
  // The kernel chooses the thread of each connection: many of them meet a thread without idle ones.
  for (std::size_t i = 0; i < 16 * kMost; ++i) {
    idle.push_back(server.connect());
    EXPECT_EQ(idle.back().request("GET", "/").status, 201U) << "connection " << i;
  }
}

/// A server with a request in progress, which waits at the gate.
struct AtTheGate {
  explicit AtTheGate(const ServerOptions& options = {}) : server{options, guarded_by(gate)} {
    busy.send("GET /gate HTTP/1.1\r\nHost: x\r\n\r\n");
    gate.wait_reached();
  }
  static TestHandler guarded_by(Gate& gate) {
    TestHandler handler;
    handler.gate = &gate;
    return handler;
  }

  Gate gate;
  TestServer server;
  TestClient busy = server.connect();
};

TEST(Server, RefusesAConnectionWhenAllOthersHaveRequests) {
  ServerOptions options;
  options.connections_max = 1;
  AtTheGate it{options};
  TestClient refused = it.server.connect();
  EXPECT_EQ(refused.read_reply().status, 503U);
  it.gate.open();
  EXPECT_EQ(it.busy.read_reply().body, "passed");
}

TEST(Server, SurvivesRunningOutOfDescriptors) {
  log::set_level(log::Level::Off);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const TestServer server;
  TestClient client = server.connect();
  EXPECT_EQ(client.request("GET", "/").status, 201U);
  std::vector<TestClient> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(server.connect());
  for (TestClient& one : waiting) EXPECT_EQ(one.request("GET", "/").status, 201U);

  // The client's socket takes the last free descriptor, so the server gets none.
  const int lowest_free = ::dup(0);
  ASSERT_GE(lowest_free, 0);
  ::close(lowest_free);
  const rlimit tight{static_cast<rlim_t>(lowest_free) + 1, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  TestClient late = server.connect();
  const Reply reply = late.request("GET", "/");  // The server closed an idle connection for it.
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(reply.status, 201U);
  log::set_level(log::Level::Info);
}

TEST(Server, FinishesARequestInProgressWhenStopped) {
  AtTheGate it;
  TestClient idle = it.server.connect();
  EXPECT_EQ(idle.request("GET", "/").status, 201U);

  std::thread stopping{[&it] { it.server.server().stop(std::chrono::minutes{1}); }};
  EXPECT_TRUE(idle.closed_by_peer());
  EXPECT_FALSE(it.server.connect().connected());
  it.gate.open();
  const Reply reply = it.busy.read_reply();
  EXPECT_EQ(reply.body, "passed");
  EXPECT_EQ(reply.header("Connection"), "close");
  it.busy.shut_sending_down();
  stopping.join();
}

TEST(Server, DoesNotWaitItsWholeGraceForARequestThatNeverArrives) {
  std::promise<void> head_arrived;
  TestHandler handler;
  handler.admission = [&head_arrived](Request&) -> std::optional<Response> {
    head_arrived.set_value();
    return std::nullopt;
  };
  ServerOptions options;
  options.limits.drain_time = Milliseconds{20};
  options.limits.sweep_interval = Milliseconds{10};
  TestServer server{options, handler};
  TestClient half = server.connect();
  half.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
  head_arrived.get_future().wait();
  server.server().stop(std::chrono::hours{1});
  EXPECT_TRUE(half.closed_by_peer());
}

TEST(Server, CallsDrainingBeforeItWaits) {
  AtTheGate it;

  std::thread stopping{
      [&] { it.server.server().stop(std::chrono::minutes{1}, [&it] { it.gate.open(); }); }};
  const Reply reply = it.busy.read_reply();
  EXPECT_EQ(reply.body, "passed");
  EXPECT_EQ(reply.header("Connection"), "close");
  it.busy.shut_sending_down();
  stopping.join();
}

TEST(Server, ClosesConnectionsAfterTheGrace) {
  AtTheGate it;
  it.server.server().stop(Milliseconds{1});
  EXPECT_TRUE(it.busy.closed_by_peer());
}

TEST(Server, ShortensItsGraceAtASecondStop) {
  AtTheGate it;
  std::thread stopping{[&it] { it.server.server().stop(std::chrono::hours{1}); }};
  while (it.server.connect().connected()) std::this_thread::yield();
  it.server.server().stop(std::chrono::hours{2});
  it.server.server().stop(Milliseconds{1});
  EXPECT_TRUE(it.busy.closed_by_peer());
  stopping.join();
}

}  // namespace
}  // namespace evalx::http
