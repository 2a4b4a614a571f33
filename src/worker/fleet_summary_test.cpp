#include "worker/fleet_summary.hpp"

#include <gtest/gtest.h>

namespace evalx::worker {
namespace {

using Languages = std::map<std::string, std::string>;

Announcement worker_of(Languages languages) {
  return {.version = "0.1.0",
          .sandbox = "native",
          .sandbox_version = "0.1.0",
          .seccomp_profile = SeccompProfile::Strict,
          .cgroup_version = 2,
          .sandboxes = 4,
          .memory_budget_mb = 1000,
          .mechanisms = {{"swap", "good", false, ""}, {"seccomp", "good", true, ""}},
          .languages = std::move(languages)};
}

queue::LiveWorkers live(const std::vector<Announcement>& announcements) {
  queue::LiveWorkers fleet;
  for (const Announcement& one : announcements) {
    fleet.workers.push_back({"session", encode(one), Clock::WallInstant{}, 0});
  }
  return fleet;
}

TEST(FleetSummary, IsEmptyWithoutWorkers) {
  const FleetSummary summary = summarize({});
  EXPECT_EQ(summary.workers, 0U);
  EXPECT_EQ(summary.silent, 0U);
  EXPECT_FALSE(summary.together);
}

TEST(FleetSummary, OfOneWorkerIsItsAnnouncement) {
  const Announcement one = worker_of({{"cpp", "12.2.0"}});
  EXPECT_EQ(summarize(live({one})).together, one);
}

TEST(FleetSummary, ListsEachLanguageOfAnyWorkerWithAllItsVersions) {
  const FleetSummary summary =
      summarize(live({worker_of({{"cpp", "12.2.0"}, {"go", "1.19"}}),
                      worker_of({{"cpp", "11.4.0"}, {"python", "3.11.2"}}),
                      worker_of({{"cpp", "12.2.0"}, {"python", "3.11.2"}})}));
  EXPECT_EQ(summary.workers, 3U);
  EXPECT_EQ(summary.together->languages,
            (Languages{{"cpp", "11.4.0, 12.2.0"}, {"go", "1.19"}, {"python", "3.11.2"}}));
}

TEST(FleetSummary, ListsABoundedNumberOfVersions) {
  std::vector<Announcement> many;
  for (char i = 'a'; i < 'a' + 20; ++i) many.push_back(worker_of({{"cpp", std::string(1, i)}}));
  EXPECT_EQ(summarize(live(many)).together->languages.at("cpp"), "a, b, c, d, e, f, g, h");
}

TEST(FleetSummary, AddsUpSandboxesAndTakesTheRestFromTheWeakestWorker) {
  Announcement weak = worker_of({});
  weak.version = "0.2.0";
  weak.seccomp_profile = SeccompProfile::Standard;
  weak.cgroup_version = 1;
  weak.mechanisms = {{"seccomp", "missing", true, "all"}, {"isolate", "good", false, ""}};
  for (const bool is_first : {true, false}) {
    std::vector<Announcement> two{worker_of({}), worker_of({})};
    two[is_first ? 0 : 1] = weak;
    const Announcement together = *summarize(live(two)).together;
    EXPECT_EQ(together.sandboxes, 8U);
    EXPECT_EQ(together.memory_budget_mb, 2000U);
    EXPECT_EQ(together.version, "0.1.0, 0.2.0");
    EXPECT_EQ(together.seccomp_profile, SeccompProfile::Standard);
    EXPECT_EQ(together.cgroup_version, 1U);
    ASSERT_EQ(together.mechanisms.size(), 3U);
    for (const Mechanism& mechanism : together.mechanisms) {
      const bool is_weak = mechanism.name == "seccomp";
      EXPECT_EQ(mechanism.state, is_weak ? "missing" : "good") << mechanism.name;
      EXPECT_EQ(mechanism.lost, is_weak ? "all" : "") << mechanism.name;
    }
  }
}

TEST(FleetSummary, WithIsolateHasIsolatesVersionAndNoProfile) {
  Announcement isolate = worker_of({});
  isolate.sandbox = "isolate";
  isolate.sandbox_version = "1.8";
  isolate.seccomp_profile.reset();
  isolate.cgroup_version.reset();
  for (const auto& two :
       {std::vector{isolate, worker_of({})}, std::vector{worker_of({}), isolate}}) {
    const Announcement together = *summarize(live(two)).together;
    EXPECT_EQ(together.sandbox, "isolate");
    EXPECT_EQ(together.sandbox_version, "1.8");
    EXPECT_FALSE(together.seccomp_profile);
    EXPECT_FALSE(together.cgroup_version);
  }
}

TEST(FleetSummary, CountsWorkersWithoutAReadableAnnouncement) {
  queue::LiveWorkers some = live({worker_of({{"cpp", "12.2.0"}})});
  some.workers.push_back({"earlier", "", std::nullopt, 0});
  some.workers.push_back({"odd", "{}", Clock::WallInstant{}, 0});
  const FleetSummary summary = summarize(some);
  EXPECT_EQ(summary.workers, 3U);
  EXPECT_EQ(summary.silent, 2U);
  EXPECT_EQ(summary.together->languages, (Languages{{"cpp", "12.2.0"}}));
  some.workers.erase(some.workers.begin());
  EXPECT_FALSE(summarize(some).together);
}

}  // namespace
}  // namespace evalx::worker
