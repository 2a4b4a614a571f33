#include "show/worker_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/announcement.hpp"

namespace evalx::app {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// 2026-01-02T03:04:05Z.
const Clock::WallInstant kNow{std::chrono::seconds{1'767'323'045}};

queue::LiveWorkers two_workers() {
  worker::Announcement announced{.version = "0.1.0",
                                 .sandbox = "native",
                                 .sandbox_version = "0.1.0",
                                 .seccomp_profile = SeccompProfile::Contest,
                                 .cgroup_version = 2,
                                 .sandboxes = 4,
                                 .memory_budget_mb = 1024,
                                 .mechanisms = {},
                                 .languages = {{"cpp", "12.2.0"}, {"python", "3.11.2"}}};
  return {{{"host:7:1", worker::encode(announced), kNow - 3h - 5min, 2}, {"old:8:2", "", {}, 1}},
          kNow};
}

TEST(WorkerReport, ListsEachWorker) {
  EXPECT_EQ(table_of(two_workers(), terminal::Paint::plain(), 100),
            "worker         since  jobs  sandboxes  evalX  languages\n"
            "host:7:1  3 h 05 min     2          4  0.1.0  cpp 12.2.0, python 3.11.2\n"
            "old:8:2            -     1          -  -      not announced\n");
}

TEST(WorkerReport, ShowsAnnouncementsAsJson) {
  const std::string json = json_of(two_workers());
  EXPECT_THAT(json, HasSubstr(R"({"worker":"host:7:1","since":"2026-01-01T23:59:05Z","jobs":2,)"
                              R"("announced":{"version":"0.1.0","sandbox":"native",)"));
  EXPECT_THAT(
      json, HasSubstr(R"("seccomp_profile":"contest","max_concurrent_sandboxes":4,)"
                      R"("memory_budget_mb":1024,"languages":[{"id":"cpp","version":"12.2.0"},)"));
  EXPECT_THAT(json, HasSubstr(R"({"worker":"old:8:2","since":null,"jobs":1,"announced":null})"));
  EXPECT_EQ(json_of({{}, kNow}), "[]\n");
}

}  // namespace
}  // namespace evalx::app
