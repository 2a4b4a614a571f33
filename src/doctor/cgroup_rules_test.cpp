#include "doctor/cgroup_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "doctor/cgroup_facts.hpp"
#include "doctor/rules_test.hpp"

namespace evalx::doctor {
namespace {

using kernel::CgroupMount;
using kernel::CgroupVersion;
using ::testing::HasSubstr;
using Layout = CgroupFacts::Layout;
using State = Finding::State;

const std::vector<std::string> kAll{"cpuset", "cpu", "memory", "pids"};

CgroupFacts v2() {
  CgroupFacts facts = layout_of({{CgroupVersion::V2, kAll, "/sys/fs/cgroup", "/sys/fs/cgroup"}});
  facts.place = "v2 at /sys/fs/cgroup/evalx-1";
  facts.has_kill = facts.has_peak = facts.resets_peak = facts.limits_swap = true;
  return facts;
}

CgroupFacts v1() {
  CgroupFacts facts = layout_of({{CgroupVersion::V1, {"memory"}, "/c/memory", "/c/memory"},
                                 {CgroupVersion::V1, {"pids"}, "/c/pids", "/c/pids"},
                                 {CgroupVersion::V1, {"cpu", "cpuacct"}, "/c/cpu", "/c/cpu"}});
  facts.place = "v1 at /c";
  facts.has_peak = facts.resets_peak = true;
  return facts;
}

CgroupFacts nothing(int error) {
  CgroupFacts facts = layout_of({});
  facts.problem = "none";
  facts.error = error;
  return facts;
}

HostFacts docker() {
  HostFacts facts;
  facts.container = "docker";
  return facts;
}

TEST(CgroupLayout, DistinguishesTheFourKinds) {
  EXPECT_EQ(layout_of({}).layout, Layout::None);
  EXPECT_EQ(v1().layout, Layout::V1);
  EXPECT_FALSE(v1().uses_v2);
  EXPECT_EQ(v2().layout, Layout::V2);
  EXPECT_TRUE(v2().uses_v2);
  const CgroupFacts hybrid =
      layout_of({{CgroupVersion::V1, {"memory", "pids", "cpuacct"}, "/c", "/c"},
                 {CgroupVersion::V2, {}, "/c/unified", "/c/unified"}});
  EXPECT_EQ(hybrid.layout, Layout::Hybrid);
  EXPECT_FALSE(hybrid.uses_v2);
  EXPECT_TRUE(std::all_of(hybrid.controllers.begin(), hybrid.controllers.end(),
                          [](const auto& controller) { return controller.present; }));
}

TEST(CgroupRules, AreAllGoodForACompleteVersion1Or2) {
  for (const CgroupFacts& facts : {v1(), v2()}) {
    const Findings findings = judge_cgroups(facts, root());
    EXPECT_EQ(findings.size(), facts.uses_v2 ? 5U : 6U);  // Version 1 needs cpuacct.
    for (const Finding& finding : findings) EXPECT_EQ(finding.state, State::Good) << finding.name;
    EXPECT_EQ(find(findings, "cgroup pids").need, Finding::Need::Required);
    EXPECT_EQ(find(findings, "memory.peak").need, Finding::Need::Optional);
  }
}

TEST(CgroupRules, ReportFilesThatOlderKernelsLack) {
  CgroupFacts facts = v2();
  facts.has_kill = false;
  facts.resets_peak = false;
  Findings findings = judge_cgroups(facts, root());
  EXPECT_THAT(find(findings, "cgroup.kill").fix, HasSubstr("5.14"));
  EXPECT_EQ(find(findings, "cgroup.kill").state, State::Reduced);
  EXPECT_THAT(find(findings, "memory.peak").fix, HasSubstr("6.12"));
  facts.has_peak = false;
  findings = judge_cgroups(facts, root());
  EXPECT_THAT(find(findings, "memory.peak").fix, HasSubstr("5.19"));
  EXPECT_TRUE(refusals(findings).empty());
}

TEST(CgroupRules, RequireAHierarchyAndEachController) {
  const Findings findings = judge_cgroups(nothing(ENOTSUP), root());
  EXPECT_EQ(refusals(findings).size(), 3U);
  EXPECT_THAT(find(findings, "cgroups").fix, HasSubstr("unified_cgroup_hierarchy=1"));
}

TEST(CgroupRules, NameTheMissingController) {
  CgroupFacts facts =
      layout_of({{CgroupVersion::V2, {"cpu", "pids"}, "/sys/fs/cgroup", "/sys/fs/cgroup"}});
  facts.error = ENOTSUP;
  const Findings findings = judge_cgroups(facts, root());
  EXPECT_EQ(find(findings, "cgroup memory").fix, "boot with cgroup_enable=memory");
  EXPECT_THAT(find(findings, "cgroup memory").lost, HasSubstr("not limited as a whole"));
}

TEST(CgroupRules, SuggestAFixForRootForAUserAndForAContainer) {
  CgroupFacts facts = v2();
  facts.place.clear();
  facts.error = EROFS;
  const auto fix = [&](const HostFacts& host) {
    return find(judge_cgroups(facts, host), "cgroups").fix;
  };
  EXPECT_THAT(fix(docker()), HasSubstr("--cap-add=SYS_ADMIN"));
  EXPECT_THAT(fix(root()), HasSubstr("remount,rw"));
  facts.error = EACCES;
  EXPECT_THAT(fix(user()), HasSubstr("sudo"));
  EXPECT_THAT(fix(user()), testing::Not(HasSubstr("systemd-run")));
  HostFacts with_systemd = user();
  with_systemd.has_systemd = true;
  EXPECT_THAT(fix(with_systemd), HasSubstr("systemd-run --user --scope -p Delegate=yes"));
  HostFacts user_in_docker = docker();
  user_in_docker.uid = 1000;
  EXPECT_THAT(fix(user_in_docker), HasSubstr("start evalx as root in the container"));
}

TEST(CgroupRules, NeedTheCpuControllerOnlyInVersion1) {
  EXPECT_TRUE(layout_of({{CgroupVersion::V2, {"memory", "pids"}, "/c", "/c"}}).uses_v2);
  const CgroupFacts facts = layout_of({{CgroupVersion::V1, {"memory", "pids"}, "/c", "/c"}});
  EXPECT_EQ(find(judge_cgroups(facts, root()), "cgroup cpuacct").detail, "not available");
}

TEST(CgroupRules, DistinguishPresentDelegatedAndWritable) {
  CgroupFacts facts = v1();
  facts.place.clear();
  facts.error = EACCES;
  for (auto& controller : facts.controllers) controller.delegated = controller.name != "pids";
  facts.controllers[0].writable = true;
  const Findings findings = judge_cgroups(facts, user());
  EXPECT_EQ(find(findings, "cgroup memory").state, State::Good);
  EXPECT_EQ(find(findings, "cgroup pids").detail, "not delegated to evalX");
  EXPECT_EQ(find(findings, "cgroup cpuacct").detail, "not writable");
}

TEST(SwapRule, WarnsOfSwapOnlyIfProgramsMayUseIt) {
  CgroupFacts facts = v2();
  EXPECT_EQ(judge_swap(facts).detail, "none");
  facts.swap_total_kb = 2048;
  EXPECT_EQ(judge_swap(facts).state, State::Good);
  facts.limits_swap = false;
  EXPECT_EQ(judge_swap(facts).state, State::Reduced);
  EXPECT_THAT(judge_swap(facts).fix, HasSubstr("swapoff -a"));
  EXPECT_EQ(judge_swap(facts).need, Finding::Need::Optional);
}

TEST(SwapRule, ReadsTheSwapOfAMachine) {
  EXPECT_EQ(parse_swap_total_kb("MemTotal:  100 kB\nSwapTotal:     2048 kB\n"), 2048U);
  EXPECT_EQ(parse_swap_total_kb("SwapTotal:  0 kB"), 0U);
  EXPECT_EQ(parse_swap_total_kb("SwapTotal:"), 0U);
  EXPECT_EQ(parse_swap_total_kb(""), 0U);
}

}  // namespace
}  // namespace evalx::doctor
