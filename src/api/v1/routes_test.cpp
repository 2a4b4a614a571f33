#include "api/v1/routes.hpp"

#include <gtest/gtest.h>

#include "api/fake_queue.hpp"
#include "api/test_support.hpp"

namespace evalx::api::v1 {
namespace {

class RoutesTest : public ::testing::Test {
 protected:
  RoutesTest() {
    router_.observe([this](const http::Served& served) {
      served_ = std::string{served.method} + " " + std::string{served.route} + " " +
                std::to_string(served.status);
    });
    add_routes(router_, {submissions_, events_, discovery_});
  }
  http::Response ask(std::string method, std::string target, std::string body = {},
                     std::vector<http::Header> headers = {}) {
    http::Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers = std::move(headers);
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = std::move(body);
    return run(router_.handle(std::move(request)));
  }

  SystemClock clock_;
  FakeQueue queue_;
  ThreeLanguages languages_;
  Submissions submissions_{queue_, languages_, {}};
  Events events_{queue_};
  Discovery discovery_{languages_,
                       {.version = "0.1.0", .bounds = {}, .engine = [] { return EngineView{}; }}};
  http::Router router_{clock_};
  std::string served_;
};

TEST_F(RoutesTest, ASubmissionIsCreatedShownAndCancelled) {
  const auto created =
      ask("POST", "/v1/submissions?wait=0.5", R"({"language":"cpp","source":"x","tests":[{}]})");
  EXPECT_EQ(created.status, 202U) << created.body;
  EXPECT_EQ(queue_.waits, std::vector<Milliseconds>{Milliseconds{500}});
  EXPECT_EQ(served_, "POST /v1/submissions 202");
  const std::string url = header_of(created, "Location");
  EXPECT_EQ(ask("GET", url).status, 200U);
  EXPECT_EQ(served_, "GET /v1/submissions/{token} 200");
  EXPECT_EQ(ask("DELETE", url).status, 200U);
  EXPECT_EQ(body_of(ask("GET", url + "?wait=1")).at("verdict").as_string(), "cancelled");
  EXPECT_EQ(ask("DELETE", url).status, 409U);
}

TEST_F(RoutesTest, LanguagesComeInPages) {
  const auto ids = [this](const std::string& query) {
    std::vector<std::string> found;
    const auto page = body_of(ask("GET", "/v1/languages" + query));
    for (const auto& language : page.at("languages").as_array())
      found.emplace_back(language.at("id").as_string());
    found.emplace_back(page.at("next").is_null() ? "end" : page.at("next").as_string().c_str());
    return found;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(ids(""), (Ids{"cpp", "go", "rust", "end"}));
  EXPECT_EQ(ids("?limit=2"), (Ids{"cpp", "go", "go"}));
  EXPECT_EQ(ids("?limit=2&after=go"), (Ids{"rust", "end"}));
  EXPECT_EQ(ids("?after=rust"), Ids{"end"});
  for (const char* query : {"?limit=0", "?limit=1001", "?limit=x", "?after=cobol", "?after="}) {
    const auto refused = ask("GET", std::string{"/v1/languages"} + query);
    EXPECT_EQ(refused.status, 400U) << query;
    EXPECT_EQ(fields_of(refused).size(), 1U) << query;
  }
}

TEST_F(RoutesTest, EventsResumeByHeaderOrElseByQuery) {
  const auto created =
      ask("POST", "/v1/submissions", R"({"language":"cpp","source":"x","tests":[{}]})");
  const std::string token{body_of(created).at("token").as_string()};
  queue_.add_event(token, "running", "{}");
  const std::string url = "/v1/submissions/" + token + "/events";
  const auto first_of = [](const http::Response& response) {
    return run(response.stream->next()).value();
  };
  EXPECT_NE(first_of(ask("GET", url)).find("id: s1-1\n"), std::string::npos);
  EXPECT_EQ(first_of(ask("GET", url + "?last_event_id=s1-1")).find("id: s1-1\n"),
            std::string::npos);
  EXPECT_EQ(first_of(ask("GET", url + "?last_event_id=1", "", {{"Last-Event-ID", "s1-2"}})),
            "retry: 1000\n\n");
}

TEST_F(RoutesTest, EveryPlainRouteAnswers) {
  for (const char* path : {"/", "/v1/languages", "/v1/capabilities", "/openapi.json"}) {
    EXPECT_EQ(ask("GET", path).status, 200U) << path;
  }
}

}  // namespace
}  // namespace evalx::api::v1
