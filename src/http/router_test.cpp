#include "http/router.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <string>
#include <vector>

namespace evalx::http {
namespace {

RouteHandler named(std::string name) {
  return [name](RoutedRequest routed) -> Task<Response> {
    Response response;
    response.body = name;
    for (const auto& [key, value] : routed.parameters) {
      response.body += " " + std::string{key} + "=" + value;
    }
    for (const auto& [key, value] : routed.query.parameters()) {
      response.body += " ?" + key + "=" + value;
    }
    co_return response;
  };
}

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    router.add("GET", "/", named("root"));
    router.add("GET", "/submissions/{token}", named("one"));
    router.add("DELETE", "/submissions/{token}", named("delete"));
    router.add("POST", "/submissions/batch", named("batch"));
    router.add("GET", "/submissions/{token}/events", named("events"));
    router.add("POST", "/submissions", named("create"));
  }

  Response ask(std::string method, std::string target) {
    asio::io_context loop{1};
    Response answer;
    asio::co_spawn(loop, router.handle({std::move(method), std::move(target), {}, {}}),
                   [&answer](const std::exception_ptr& thrown, Response response) {
                     ASSERT_FALSE(thrown);
                     answer = std::move(response);
                   });
    loop.run();
    return answer;
  }

  static std::string allow(const Response& response) {
    for (const Header& header : response.headers) {
      if (header.name == "Allow") return header.value;
    }
    return {};
  }

  SystemClock clock;
  Router router{clock};
};

TEST_F(RouterTest, PrefersALiteralToAName) {
  EXPECT_EQ(ask("POST", "/submissions/batch").body, "batch");
  EXPECT_EQ(ask("GET", "/submissions/batches").body, "one token=batches");
  EXPECT_EQ(ask("GET", "/submissions/x/events").body, "events token=x");
}

TEST_F(RouterTest, RefusesAQueryParameterThatTheRouteDoesNotTake) {
  router.add("GET", "/strict", named("strict"), Parameters{{"wait", "limit"}});
  router.add("GET", "/none", named("none"), Parameters{std::in_place});
  EXPECT_EQ(ask("GET", "/strict?limit=1&wait=2").body, "strict ?limit=1 ?wait=2");
  const Response refused = ask("GET", "/strict?wait=1&wiat=30");
  EXPECT_EQ(refused.status, 400U);
  EXPECT_NE(refused.body.find(R"("code":"unknown_parameter")"), std::string::npos);
  EXPECT_NE(refused.body.find(
                R"({"field":"wiat","message":"is not a parameter of this path, which takes )"
                R"(wait, limit"})"),
            std::string::npos)
      << refused.body;
  EXPECT_NE(ask("GET", "/none?x").body.find("which takes none"), std::string::npos);
}

TEST_F(RouterTest, FindsThePatternOfATarget) {
  EXPECT_EQ(router.pattern_of("/submissions/x%2Fy/events?a=b"), "/submissions/{token}/events");
  EXPECT_EQ(router.pattern_of("/%73ubmissions/"), "/submissions");
  for (const char* none : {"/nothing", "/%zz", "*", ""}) EXPECT_EQ(router.pattern_of(none), "");
  EXPECT_EQ(router.methods_of("/submissions/x"), "OPTIONS, GET, HEAD, DELETE");
  EXPECT_EQ(router.methods_of("/nothing"), "");
}

TEST_F(RouterTest, DecodesPathAndQuery) {
  EXPECT_EQ(ask("GET", "/submissions/a%2Fb+c?wait=tr%75e&x=1+2").body,
            "one token=a/b+c ?wait=true ?x=1 2");
  EXPECT_EQ(ask("GET", "/?a").body, "root ?a=");
}

TEST_F(RouterTest, IgnoresOneTrailingSlash) {
  EXPECT_EQ(ask("POST", "/submissions/").body, "create");
  EXPECT_EQ(ask("POST", "/submissions//").status, 404U);
}

TEST_F(RouterTest, AnswersAnUnknownPathWith404) {
  EXPECT_EQ(ask("GET", "/nothing").status, 404U);
  EXPECT_EQ(ask("GET", "//submissions/x").status, 404U);
  EXPECT_EQ(ask("GET", "/submissions//events").status, 404U);
}

TEST_F(RouterTest, AnswersAPathWithTooManySegmentsWith404) {
  EXPECT_EQ(ask("GET", "/" + std::string(100, '/')).status, 404U);
  EXPECT_EQ(ask("GET", "/%zz" + std::string(100, '/')).status, 404U);
}

TEST_F(RouterTest, AnswersAnUnknownMethodWith405AndTheAllowedOnes) {
  const Response response = ask("PUT", "/submissions/x");
  EXPECT_EQ(response.status, 405U);
  EXPECT_EQ(allow(response), "OPTIONS, GET, HEAD, DELETE");
}

TEST_F(RouterTest, AnswersOptions) {
  const Response response = ask("OPTIONS", "/submissions");
  EXPECT_EQ(response.status, 204U);
  EXPECT_EQ(allow(response), "OPTIONS, POST");
  EXPECT_EQ(ask("OPTIONS", "*").status, 204U);
}

TEST_F(RouterTest, PassesHeadToGet) {
  EXPECT_EQ(ask("HEAD", "/submissions/x").body, "one token=x");
  EXPECT_EQ(ask("HEAD", "/submissions").status, 405U);
}

TEST_F(RouterTest, RefusesAMalformedPathOrQuery) {
  EXPECT_EQ(ask("GET", "/submissions/%zz").status, 400U);
  EXPECT_EQ(ask("GET", "/submissions/a%00b").status, 400U);
  const Response response = ask("GET", "/submissions/x?wait=1&wait=2");
  EXPECT_EQ(response.status, 400U);
  EXPECT_NE(response.body.find(R"({"field":"wait","message":"is given more than once"})"),
            std::string::npos);
}

TEST_F(RouterTest, ReportsTheRouteToItsObserverAndNotThePath) {
  std::vector<std::string> seen;
  router.observe([&seen](const Served& served) {
    seen.push_back(std::string{served.method} + " " + std::string{served.route} + " " +
                   std::to_string(served.status));
  });
  ask("GET", "/submissions/secret");
  ask("PUT", "/submissions/secret");
  ask("GET", "/wp-admin");
  router.refused(431);
  EXPECT_EQ(seen, (std::vector<std::string>{"GET /submissions/{token} 200",
                                            "PUT /submissions/{token} 405", "GET  404", "  431"}));
}

TEST_F(RouterTest, ListsItsRoutes) {
  std::vector<std::string> listed;
  for (const Route& route : router.routes()) listed.push_back(route.method + " " + route.pattern);
  EXPECT_EQ(listed,
            (std::vector<std::string>{"GET /", "POST /submissions", "POST /submissions/batch",
                                      "GET /submissions/{token}", "DELETE /submissions/{token}",
                                      "GET /submissions/{token}/events"}));
}

using RouterDeathTest = RouterTest;

TEST_F(RouterDeathTest, AbortsIfARouteIsAddedTwice) {
  EXPECT_DEATH(router.add("GET", "/submissions/{token}", named("again")), "");
  EXPECT_DEATH(router.add("PUT", "/submissions/{id}", named("other name")), "");
}

}  // namespace
}  // namespace evalx::http
