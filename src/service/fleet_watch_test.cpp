#include "service/fleet_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "queue/state.hpp"
#include "service/loop.hpp"

namespace evalx::service {
namespace {

using ::testing::HasSubstr;

/// A queue whose workers a test sets.
class FakeOperations final : public queue::Operations {
 public:
  Task<Result<queue::Listing>> list(queue::ListFilter) override {
    co_return fail(queue::Errc::Unavailable, "list");
  }
  Task<Result<>> redrive(std::string) override {
    co_return fail(queue::Errc::Unavailable, "redrive");
  }
  Task<Result<queue::LiveWorkers>> workers() override { co_return live; }
  Task<Result<queue::CallbackListing>> list_callbacks(queue::CallbackFilter) override {
    co_return fail(queue::Errc::Unavailable, "list callbacks");
  }
  Task<Result<queue::ListedCallback>> find_callback(std::string) override {
    co_return fail(queue::Errc::NotFound, "find callback");
  }
  Task<Result<>> resend_callback(std::string) override {
    co_return fail(queue::Errc::NotFound, "resend callback");
  }
  [[nodiscard]] const queue::Figures& figures() const override { return counted; }

  Result<queue::LiveWorkers> live{queue::LiveWorkers{}};

 private:
  SystemClock clock_;
  queue::Figures counted{0, clock_};
};

class FleetWatchTest : public testing::Test {
 protected:
  void set_workers(std::size_t count) {
    worker::Announcement worker;
    worker.sandbox = "native";
    worker.sandboxes = 4;
    worker.memory_budget_mb = 1024;
    worker.languages = {{"cpp", "12.2.0"}};
    queue::LiveWorkers live;
    for (std::size_t i = 0; i < count; ++i)
      live.workers.push_back({std::to_string(i), worker::encode(worker), {}, 0});
    queue_.live = std::move(live);
  }
  std::string metrics_text() { return run_to_end(loop_, metrics_.text()); }

  asio::io_context loop_{1};
  FakeOperations queue_;
  metrics::Metrics metrics_{{"1", "abc"}};
  FleetWatch watch_{loop_, queue_, metrics_};
  language::Catalogue catalogue_ = language::Catalogue::load_builtin().value();
  CatalogueList languages_{catalogue_};
  FleetEngine engine_{"redis"};
};

TEST_F(FleetWatchTest, CountsTheWorkersAndTheirSandboxes) {
  set_workers(3);
  ASSERT_TRUE(run_to_end(loop_, watch_.look()));
  EXPECT_THAT(metrics_text(), HasSubstr("\nevalx_workers 3\n"));
  EXPECT_THAT(metrics_text(), HasSubstr("\nevalx_worker_sandboxes 12\n"));
}

TEST_F(FleetWatchTest, ShowsTheFleetToAnApi) {
  watch_.keep(languages_, engine_);
  set_workers(1);
  ASSERT_TRUE(run_to_end(loop_, watch_.look()));
  EXPECT_EQ(languages_.find("cpp")->version, "12.2.0");
  EXPECT_THAT(engine_.view().json, HasSubstr("\"max_concurrent_sandboxes\":4"));
  set_workers(0);
  ASSERT_TRUE(run_to_end(loop_, watch_.look()));
  EXPECT_TRUE(languages_.find("cpp")->awaited);
}

TEST_F(FleetWatchTest, KeepsTheLastStateWhileTheQueueIsUnavailable) {
  watch_.keep(languages_, engine_);
  set_workers(1);
  ASSERT_TRUE(run_to_end(loop_, watch_.look()));
  queue_.live = fail(queue::Errc::Unavailable, "workers");
  EXPECT_FALSE(run_to_end(loop_, watch_.look()));
  EXPECT_TRUE(languages_.find("cpp")->available());
  EXPECT_THAT(metrics_text(), HasSubstr("\nevalx_workers 1\n"));
}

}  // namespace
}  // namespace evalx::service
