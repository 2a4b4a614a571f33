#include "api/operations.hpp"

#include <gtest/gtest.h>

#include "api/fake_queue.hpp"
#include "api/test_support.hpp"

namespace evalx::api {
namespace {

TEST(Operations, IsAliveWhateverTheQueueSays) {
  FakeQueue queue;
  queue.counted.healthy = false;
  EXPECT_EQ(Operations(queue.figures(), {}).healthz().status, 200U);
}

TEST(Operations, IsReadyOnlyWithoutAReasonAgainst) {
  FakeQueue queue;
  std::vector<std::string> reasons;
  const Operations operations{queue.figures(),
                              {.metrics_text = {}, .not_ready = [&] { return reasons; }}};
  EXPECT_EQ(operations.readyz().status, 200U);
  EXPECT_EQ(operations.readyz().body, R"({"status":"ready","reasons":[]})");
  reasons = {"no sandbox"};
  queue.counted.healthy = false;
  EXPECT_EQ(operations.readyz().status, 503U);
  EXPECT_EQ(operations.readyz().body,
            R"({"status":"not_ready","reasons":["no sandbox","the queue refuses writes"]})");
}

TEST(Operations, PassesTheMetricsOn) {
  FakeQueue queue;
  const Operations operations{
      queue.figures(),
      {.metrics_text = []() -> Task<std::string> { co_return "evalx_up 1\n"; }, .not_ready = {}}};
  const http::Response response = run(operations.metrics());
  EXPECT_EQ(response.body, "evalx_up 1\n");
  EXPECT_EQ(header_of(response, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace
}  // namespace evalx::api
