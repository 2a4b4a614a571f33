#include "service/self_description.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace evalx::service {
namespace {

using ::testing::HasSubstr;

worker::Announcement announcement() {
  worker::Announcement worker;
  worker.sandbox = "native";
  worker.sandbox_version = "0.1.0";
  worker.seccomp_profile = SeccompProfile::Contest;
  worker.cgroup_version = 2;
  worker.sandboxes = 8;
  worker.memory_budget_mb = 4096;
  worker.mechanisms = {{"swap", "reduced", false, "memory limits are less exact"}};
  return worker;
}

TEST(SelfDescription, ShowsTheEngineToClients) {
  const api::v1::EngineView view = engine_view(announcement(), "redis");
  EXPECT_EQ(boost::json::parse(view.json), boost::json::parse(R"({
      "sandbox": "native", "sandbox_version": "0.1.0", "seccomp_profile": "contest",
      "cgroup_version": 2, "max_concurrent_sandboxes": 8, "memory_budget_mb": 4096,
      "queue": "redis"})"));
  ASSERT_EQ(view.mechanisms.size(), 1U);
  EXPECT_EQ(view.mechanisms[0].name, "swap");
  EXPECT_EQ(view.mechanisms[0].state, "reduced");
  EXPECT_EQ(view.mechanisms[0].lost, "memory limits are less exact");
}

TEST(SelfDescription, HasNullForWhatAnEngineDoesNotHave) {
  worker::Announcement isolate = announcement();
  isolate.seccomp_profile.reset();
  isolate.cgroup_version.reset();
  const auto json = boost::json::parse(engine_view(isolate, "sqlite").json);
  EXPECT_TRUE(json.at("seccomp_profile").is_null());
  EXPECT_TRUE(json.at("cgroup_version").is_null());
}

TEST(SelfDescription, IsEmptyForAFleetUntilAWorkerReports) {
  FleetEngine engine{"redis"};
  EXPECT_EQ(engine.view().json, "null");
  worker::FleetSummary fleet;
  fleet.workers = 1;
  fleet.together = announcement();
  engine.show(fleet);
  EXPECT_EQ(engine.view().json, engine_view(announcement(), "redis").json);
  engine.show({});
  EXPECT_EQ(engine.view().json, "null");
}

TEST(SelfDescription, GreetsWithAnAddressThatCanBeCalled) {
  config::Settings settings;
  EXPECT_THAT(greeting(settings, 2358), HasSubstr("'http://127.0.0.1:2358/v1/submissions?"));
  settings.listen_address = "0.0.0.0";
  EXPECT_THAT(greeting(settings, 1), HasSubstr("http://127.0.0.1:1 "));
  settings.listen_address = "::1";
  EXPECT_THAT(greeting(settings, 1), HasSubstr("http://[::1]:1 "));
}

}  // namespace
}  // namespace evalx::service
