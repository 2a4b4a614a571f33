#include "gate/gate.hpp"

#include <gtest/gtest.h>

#include "http/test_server.hpp"

namespace evalx::gate {
namespace {

using http::Header;
using http::Reply;

const std::string kAlicesSecret = "evalx_secret";

http::RouteHandler say_client() {
  return [](http::RoutedRequest routed) -> Task<http::Response> {
    http::Response response;
    response.body = routed.request.is_stranger ? "a stranger" : routed.request.client;
    co_return response;
  };
}

/// A gate before two routes, in a real server.
class GateTest : public testing::Test {
 protected:
  GateTest() {
    http::ServerOptions options;
    options.port = 0;
    auto started = http::Server::start(options, clock_, [this](const Executor&) {
      auto router = std::make_unique<http::Router>(clock_);
      router->add("GET", "/open", say_client());
      router->add("POST", "/jobs", say_client());
      return std::make_unique<Gate>(std::move(router), rules_, policy_, tokens_);
    });
    EXPECT_TRUE(started);
    server_ = std::move(*started);
  }

  Reply ask(std::string_view method, std::string_view target, const std::vector<Header>& fields) {
    http::TestClient client{server_->port()};
    return client.request(method, target, method == "POST" ? "{}" : "", fields);
  }

  SystemClock clock_;
  Rules rules_{{"GET", "/open", Needs::Nothing}, {"POST", "/jobs", Needs::Submit}};
  Policy policy_{true, {}, {"https://app.example"}};
  Tokens tokens_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(GateTest, ServesEverybodyWithoutTokens) {
  EXPECT_EQ(ask("POST", "/jobs", {}).status, 200U);
  EXPECT_EQ(ask("GET", "/none", {}).status, 404U);
}

TEST_F(GateTest, PassesTheNameOfTheTokenToTheHandler) {
  tokens_.replace({{"alice", sha256(kAlicesSecret), {Scope::Submit}}});
  EXPECT_EQ(ask("POST", "/jobs", {{"Authorization", "Bearer " + kAlicesSecret}}).body, "alice");
  EXPECT_EQ(ask("GET", "/open", {}).body, "a stranger");
  const Reply refused = ask("POST", "/jobs", {});
  EXPECT_EQ(refused.status, 401U);
  EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer realm=\"evalX\"");
  EXPECT_EQ(ask("GET", "/none", {}).status, 401U) << "a stranger learns no path";
  tokens_.replace({});
  EXPECT_EQ(ask("POST", "/jobs", {}).status, 200U) << "replaced while it serves";
}

TEST_F(GateTest, FindsTheRuleOfAnEncodedPath) {
  tokens_.replace({{"reader", sha256(kAlicesSecret), {Scope::Read}}});
  const std::vector<Header> token{{"Authorization", "Bearer " + kAlicesSecret}};
  for (const char* path : {"/jobs", "/jobs/", "/%6Aobs", "/jobs?x=1"})
    EXPECT_EQ(ask("POST", path, token).status, 403U) << path;
}

TEST_F(GateTest, LetsAllowedPagesAskAndRead) {
  const Header origin{"Origin", "https://app.example"};
  const Reply asked = ask("OPTIONS", "/jobs", {origin, {"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(asked.status, 204U);
  EXPECT_EQ(asked.header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(asked.header("Access-Control-Allow-Methods"), "OPTIONS, POST");
  EXPECT_NE(asked.header("Access-Control-Allow-Headers").find("Content-Type"), std::string::npos);
  const Reply read = ask("POST", "/jobs", {origin});
  EXPECT_EQ(read.status, 200U);
  EXPECT_EQ(read.header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(read.header("Vary"), "Origin");
  tokens_.replace({{"alice", sha256(kAlicesSecret), {Scope::Submit}}});
  EXPECT_EQ(ask("OPTIONS", "/jobs", {origin, {"Access-Control-Request-Method", "POST"}}).status,
            204U)
      << "a browser asks without the token";
  const Reply refused = ask("POST", "/jobs", {origin});
  EXPECT_EQ(refused.status, 401U);
  EXPECT_EQ(refused.header("Access-Control-Allow-Origin"), "https://app.example");
}

TEST_F(GateTest, RefusesForeignPagesWithoutLettingThemRead) {
  const Header foreign{"Origin", "https://evil.example"};
  for (const Reply& reply :
       {ask("POST", "/jobs", {foreign}), ask("GET", "/open", {foreign}),
        ask("OPTIONS", "/jobs", {foreign, {"Access-Control-Request-Method", "POST"}})}) {
    EXPECT_EQ(reply.status, 403U);
    EXPECT_EQ(reply.header("Access-Control-Allow-Origin"), "");
  }
  const Reply near = ask("POST", "/jobs", {{"Origin", "http://localhost:3000"}});
  EXPECT_EQ(near.status, 200U);
  EXPECT_EQ(near.header("Access-Control-Allow-Origin"), "") << "only configured origins may read";
}

}  // namespace
}  // namespace evalx::gate
