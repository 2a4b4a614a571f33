#include "doctor/processor_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "doctor/rules_test.hpp"

namespace evalx::doctor {
namespace {

using ::testing::HasSubstr;
using State = Finding::State;

ProcessorFacts closed() {
  ProcessorFacts facts;
  facts.vulnerabilities = {
      {"itlb_multihit", "KVM: Vulnerable"},
      {"l1tf", "Mitigation: PTE Inversion; VMX: conditional cache flushes, SMT vulnerable"},
      {"mds", "Not affected"},
      {"spectre_v2", "Mitigation: Retpolines; IBPB: conditional; STIBP: disabled; RSB filling"},
      {"vmscape", "Vulnerable"}};
  facts.smt = false;
  facts.core_scheduling = ENODEV;
  return facts;
}

ProcessorFacts with(const char* name, const char* state) {
  ProcessorFacts facts = closed();
  facts.vulnerabilities = {{name, state}};
  return facts;
}

/// The finding about this vulnerability.
Finding about(const char* name, const char* state) {
  return find(judge_processor(with(name, state)), std::string{"CPU vulnerability "} + name);
}

TEST(ProcessorRules, AreAllGoodWhereNothingIsOpenToPrograms) {
  const Findings findings = judge_processor(closed());
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.state, State::Good) << finding.name;
    EXPECT_EQ(finding.need, Finding::Need::Optional) << finding.name;
  }
  EXPECT_EQ(find(findings, "CPU vulnerabilities").detail, "5 kinds, 0 open");
}

TEST(ProcessorRules, AreGoodWhereNothingIsShown) {
  const Findings findings = judge_processor({});
  for (const Finding& finding : findings) EXPECT_EQ(finding.state, State::Good) << finding.name;
  EXPECT_THAT(find(findings, "CPU vulnerabilities").detail, HasSubstr("unknown"));
  EXPECT_EQ(find(findings, "SMT").detail, "unknown");
}

TEST(ProcessorRules, NameEachOpenVulnerabilityAndWhatItMeans) {
  const Finding finding = about("mds", "Vulnerable: Clear CPU buffers attempted, no microcode");
  EXPECT_EQ(finding.state, State::Reduced);
  EXPECT_EQ(finding.need, Finding::Need::Optional) << "a vulnerable CPU keeps evalX from nothing";
  EXPECT_EQ(finding.detail, "Vulnerable: Clear CPU buffers attempted, no microcode");
  EXPECT_THAT(finding.lost, HasSubstr("its neighbours have just used"));
  EXPECT_THAT(finding.fix, HasSubstr("microcode"));
  EXPECT_THAT(about("meltdown", "Vulnerable").lost, HasSubstr("memory of the kernel"));
  EXPECT_THAT(about("retbleed", "Vulnerable").lost, HasSubstr("reveal its memory"));
  EXPECT_THAT(about("spec_store_bypass", "Vulnerable").lost, HasSubstr("separate processes"));
  EXPECT_THAT(about("of_the_future", "Vulnerable").lost, HasSubstr("documentation"));
  EXPECT_THAT(about("spectre_v2", "Mitigation: Retpolines; BHI: Vulnerable, KVM: SW loop").lost,
              HasSubstr("reveal its memory"));
}

TEST(ProcessorRules, NameTheFixForHostsAndGuests) {
  ProcessorFacts facts = with("mds", "Vulnerable");
  const auto fix = [&] { return find(judge_processor(facts), "CPU vulnerability mds").fix; };
  EXPECT_THAT(fix(), HasSubstr("intel-microcode"));
  facts.is_guest = true;
  EXPECT_THAT(fix(), HasSubstr("host of this virtual machine"));
  facts.mitigations_are_off = true;
  EXPECT_EQ(fix(), "boot without mitigations=off");
  EXPECT_THAT(about("mds", "Mitigation: Clear CPU buffers; SMT vulnerable").fix,
              HasSubstr("smt/control"));
}

TEST(ProcessorRules, ListWhatTheKernelDoesNotKnow) {
  const Findings findings =
      judge_processor(with("srbds", "Unknown: Dependent on hypervisor status"));
  EXPECT_THAT(find(findings, "CPU vulnerabilities").detail,
              HasSubstr("the kernel does not know about srbds"));
  EXPECT_EQ(find(findings, "CPU vulnerability srbds").name, "no CPU vulnerability srbds");
}

TEST(ProcessorRules, WarnOfNeighboursOnOneCore) {
  ProcessorFacts facts = closed();
  facts.smt = true;
  facts.smt_control = "on";
  facts.core_scheduling = 0;
  const Findings findings = judge_processor(facts);
  EXPECT_EQ(find(findings, "SMT").state, State::Reduced);
  EXPECT_EQ(find(findings, "SMT").detail, "on (control: on)");
  EXPECT_THAT(find(findings, "core scheduling").detail, HasSubstr("evalX does not use it"));
}

TEST(ProcessorRules, SayWhyCoreSchedulingIsMissing) {
  ProcessorFacts facts = closed();
  const auto detail = [&] { return find(judge_processor(facts), "core scheduling").detail; };
  EXPECT_THAT(detail(), HasSubstr("not needed"));
  facts.core_scheduling = EINVAL;
  EXPECT_THAT(detail(), HasSubstr("CONFIG_SCHED_CORE"));
  facts.core_scheduling = EPERM;
  EXPECT_THAT(detail(), HasSubstr("not permitted"));
}

}  // namespace
}  // namespace evalx::doctor
