#include "api/operations.hpp"

#include <gtest/gtest.h>

#include "api/test_support.hpp"

namespace evalx::api {
namespace {

class OperationsTest : public testing::Test {
 protected:
  SystemClock clock_;
  queue::Figures figures_{0, clock_};
};

TEST_F(OperationsTest, AreAliveWhileTheQueueIsNot) {
  figures_.healthy = false;
  EXPECT_EQ(Operations(figures_, {}).healthz().status, 200U);
}

TEST_F(OperationsTest, AreReadyUnlessThereIsAReason) {
  std::vector<std::string> reasons;
  const Operations operations{figures_, {.metrics_text = {}, .not_ready = [&] { return reasons; }}};
  EXPECT_EQ(operations.readyz().status, 200U);
  EXPECT_EQ(operations.readyz().body, "{\"status\":\"ready\",\"reasons\":[]}\n");
  reasons = {"no sandbox"};
  figures_.healthy = false;
  EXPECT_EQ(operations.readyz().status, 503U);
  EXPECT_EQ(operations.readyz().body,
            R"({"status":"not_ready","reasons":["no sandbox","the queue refuses writes"]})"
            "\n");
}

TEST_F(OperationsTest, ReturnTheMetricsThatTheProcessRenders) {
  const auto render = []() -> Task<std::string> { co_return "evalx_up 1\n"; };
  const Operations operations{figures_, {.metrics_text = render, .not_ready = {}}};
  const http::Response response = run(operations.metrics());
  EXPECT_EQ(response.body, "evalx_up 1\n");
  EXPECT_EQ(header_of(response, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
}

TEST_F(OperationsTest, HaveRoutesOfTheirOwn) {
  const Operations operations{figures_, {}};
  http::Router router{clock_};
  add_operations(router, operations);
  const auto status_of = [&router](std::string target) {
    http::Request request;
    request.method = "GET";
    request.target = std::move(target);
    return run(router.handle(std::move(request))).status;
  };
  for (const char* path : {"/healthz", "/readyz", "/metrics"}) EXPECT_EQ(status_of(path), 200U);
  EXPECT_EQ(status_of("/"), 404U);
}

}  // namespace
}  // namespace evalx::api
