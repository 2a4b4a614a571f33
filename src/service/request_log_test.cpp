#include "service/request_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.hpp"
#include "http/problem.hpp"
#include "service/loop.hpp"

namespace evalx::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Refusing final : public http::Handler {
 public:
  explicit Refusing(unsigned& refused) : refused_(refused) {}
  Task<http::Response> handle(http::Request request) override {
    if (request.target == "/good") co_return http::Response{};
    if (request.target == "/readyz") {
      http::Response response;
      response.status = 503;
      response.body = R"({"status":"not_ready","reasons":["the disk is full","no worker"]})";
      co_return response;
    }
    co_return http::problem(http::kOverloaded, "the queue is full");
  }
  void refused(unsigned status) override { refused_ = status; }

 private:
  unsigned& refused_;
};

class RequestLogTest : public ::testing::Test {
 protected:
  void SetUp() override { log::set_level(log::Level::Info); }

  /// The log lines that appear while `target` is asked for.
  std::string logged(const std::string& target, int times = 1) {
    testing::internal::CaptureStderr();
    for (int i = 0; i < times; ++i) {
      http::Request request;
      request.method = "POST";
      request.target = target;
      asio::io_context loop{1};
      run_to_end(loop, log_.handle(std::move(request)));
    }
    return testing::internal::GetCapturedStderr();
  }

  SystemClock clock_;
  unsigned refused_ = 0;
  RequestLog log_{std::make_unique<Refusing>(refused_), clock_};
};

TEST_F(RequestLogTest, HasALineForARefusedRequestWithItsReason) {
  const std::string line = logged("/v1/submissions?wait=1");
  EXPECT_THAT(line, HasSubstr(R"("path":"/v1/submissions","status":503,"code":"overloaded")"));
  EXPECT_THAT(line, HasSubstr(R"("reason":"the queue is full")"));
  EXPECT_EQ(logged("/good"), "");
}

TEST_F(RequestLogTest, HasTheReasonsOfAServerThatIsNotReady) {
  EXPECT_THAT(logged("/readyz"),
              HasSubstr(R"("code":"not_ready","reason":"the disk is full; no worker")"));
}

TEST_F(RequestLogTest, IsBoundedPerSecond) {
  const std::string lines = logged("/bad", 200);
  EXPECT_LE(std::count(lines.begin(), lines.end(), '\n'), 2 * kRefusalsLoggedPerSecond + 1);
}

TEST_F(RequestLogTest, CutsALongPath) {
  EXPECT_THAT(logged("/" + std::string(10'000, 'x')), Not(HasSubstr(std::string(201, 'x'))));
}

TEST_F(RequestLogTest, PassesOnWhatTheSessionRefused) {
  testing::internal::CaptureStderr();
  log_.refused(431);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("431"));
  EXPECT_EQ(refused_, 431U);
}

}  // namespace
}  // namespace evalx::service
