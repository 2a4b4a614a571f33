#include "doctor/host_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>

#include "doctor/rules_test.hpp"

namespace evalx::doctor {
namespace {

using ::testing::HasSubstr;
using State = Finding::State;

HostFacts good_host() {
  HostFacts facts;
  facts.capabilities = ~0ULL;
  facts.account = "evalx";
  facts.core_pattern = "core";
  facts.open_files = 1'048'576;
  facts.connections = 4096;
  facts.sandboxes = 8;
  facts.data_dir = "/d";
  facts.free_disk_mb = 100'000;
  return facts;
}

TEST(HostRules, AreAllGoodForACompleteHost) {
  for (const Finding& finding : judge_host(good_host()))
    EXPECT_EQ(finding.state, State::Good) << finding.name;
  EXPECT_TRUE(refusals(judge_rights(good_host())).empty());
}

TEST(HostRules, NameExactlyTheMissingCapabilities) {
  HostFacts facts = good_host();
  facts.capabilities &= ~((1ULL << CAP_SETUID) | (1ULL << CAP_CHOWN));
  facts.container = "docker";
  const Findings findings = judge_rights(facts);
  ASSERT_EQ(refusals(findings).size(), 1U);
  EXPECT_EQ(findings[0].fix, "start the container with --cap-add=SETUID --cap-add=CHOWN");
  // A capability that the launcher does not use may be missing.
  facts = good_host();
  facts.capabilities &= ~(1ULL << CAP_SYS_MODULE);
  EXPECT_TRUE(refusals(judge_rights(facts)).empty());
}

TEST(HostRules, AllowToStartWithoutRoot) {
  HostFacts facts = good_host();
  facts.uid = 1000;
  facts.capabilities = 0;
  EXPECT_TRUE(refusals(judge_rights(facts)).empty());
  EXPECT_EQ(judge_rights(facts)[0].state, State::Reduced);
}

TEST(HostRules, WarnOfPipedCoreDumps) {
  HostFacts facts = good_host();
  facts.core_pattern = "|/usr/share/apport/apport %p";
  const Finding finding = find(judge_host(facts), "core dumps");
  EXPECT_EQ(finding.state, State::Reduced);
  EXPECT_THAT(finding.detail, HasSubstr("apport"));
  EXPECT_EQ(finding.fix, "sysctl -w kernel.core_pattern=core");
}

TEST(HostRules, SuggestAnAccountOfItsOwn) {
  HostFacts facts = good_host();
  facts.account = "nobody";
  EXPECT_THAT(find(judge_host(facts), "account").fix, HasSubstr("useradd --system"));
}

TEST(HostRules, CountTheFilesOfAllSandboxesAndConnections) {
  HostFacts facts = good_host();
  facts.open_files = 4096;
  const Finding finding = find(judge_host(facts), "open files");
  EXPECT_EQ(finding.state, State::Reduced);
  EXPECT_THAT(finding.fix, HasSubstr("LimitNOFILE=4352"));
  facts.open_files = 4352;
  EXPECT_EQ(find(judge_host(facts), "open files").state, State::Good);
  facts.sandboxes = 9;
  EXPECT_EQ(find(judge_host(facts), "open files").state, State::Reduced);
}

TEST(HostRules, RefuseInheritedLimitsBelowTheNeedsOfPrograms) {
  HostFacts facts = good_host();
  EXPECT_EQ(judge_resources(facts).state, Finding::State::Good);
  facts.resources = {{"open files", "nofile", 4096, 4096},
                     {"stack", "stack", std::nullopt, 4096},
                     {"CPU time", "cpu", std::nullopt, std::nullopt}};
  EXPECT_EQ(judge_resources(facts).state, Finding::State::Good);
  facts.resources = {{"open files", "nofile", 256, 4096}, {"CPU time", "cpu", 20, std::nullopt}};
  const Finding finding = judge_resources(facts);
  EXPECT_EQ(refusals({finding}).size(), 1U);
  EXPECT_THAT(finding.detail, HasSubstr("open files: hard limit 256, 4096 needed"));
  EXPECT_THAT(finding.detail, HasSubstr("CPU time: hard limit 20, no limit needed"));
  EXPECT_THAT(finding.fix, HasSubstr("LimitNOFILE=4096 LimitCPU=infinity"));
  facts.container = "docker";
  EXPECT_THAT(judge_resources(facts).fix, HasSubstr("--ulimit nofile=4096 --ulimit cpu=-1"));
}

TEST(HostRules, WarnOfAFullDisk) {
  HostFacts facts = good_host();
  facts.free_disk_mb = 1023;
  EXPECT_EQ(find(judge_host(facts), "disk").state, State::Reduced);
  facts.free_disk_mb = std::nullopt;
  EXPECT_EQ(find(judge_host(facts), "disk").state, State::Reduced);
}

}  // namespace
}  // namespace evalx::doctor
