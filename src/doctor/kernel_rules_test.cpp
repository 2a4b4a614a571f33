#include "doctor/kernel_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "doctor/rules_test.hpp"

namespace evalx::doctor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using State = Finding::State;

KernelFacts whole_kernel() {
  KernelFacts facts;
  facts.release = "6.12.3-amd64";
  for (const char* kind : {"pid", "mount", "net", "ipc", "uts", "cgroup"})
    facts.namespaces.push_back({kind, 0});
  facts.filter_kills = true;
  facts.filter_notifies = true;
  return facts;
}

HostFacts container(const char* manager) {
  HostFacts facts;
  facts.container = manager;
  return facts;
}

TEST(KernelRules, ReadReleases) {
  EXPECT_EQ(parse_kernel_release("6.1.0-18-amd64"), (KernelVersion{6, 1}));
  EXPECT_EQ(parse_kernel_release("5.12"), (KernelVersion{5, 12}));
  for (const char* text : {"6", "six.one", "", "6."}) {
    EXPECT_EQ(parse_kernel_release(text), std::nullopt) << text;
  }
}

TEST(KernelRules, AreAllGoodForACompleteKernel) {
  for (const Finding& finding : judge_kernel(whole_kernel(), root())) {
    EXPECT_EQ(finding.state, State::Good) << finding.name;
    EXPECT_EQ(finding.need, Finding::Need::Required) << finding.name;
    EXPECT_TRUE(finding.lost.empty() && finding.fix.empty()) << finding.name;
  }
}

TEST(KernelRules, NeedLinux512) {
  KernelFacts facts = whole_kernel();
  facts.release = "5.10.0-28-amd64";
  EXPECT_EQ(find(judge_kernel(facts, root()), "kernel").state, State::Missing);
  facts.release = "5.12.0";
  EXPECT_EQ(find(judge_kernel(facts, root()), "kernel").state, State::Good);
}

TEST(KernelRules, NameTheSettingThatForbidsUserNamespaces) {
  KernelFacts facts = whole_kernel();
  facts.user_namespace = ENOSPC;
  facts.max_user_namespaces = 0;
  const auto fix = [&](const HostFacts& host) {
    return find(judge_kernel(facts, host), "user namespaces").fix;
  };
  EXPECT_THAT(fix(root()), HasSubstr("user.max_user_namespaces"));
  facts.max_user_namespaces = 1000;
  facts.user_namespace = EPERM;
  facts.unprivileged_userns_clone = 0;
  EXPECT_EQ(fix(user()), "sysctl -w kernel.unprivileged_userns_clone=1");
  facts.unprivileged_userns_clone = 1;
  facts.apparmor_restricts_userns = 1;
  EXPECT_THAT(fix(user()), HasSubstr("kernel.apparmor_restrict_unprivileged_userns=0"));
  EXPECT_THAT(fix(container("docker")), HasSubstr("start the container with"));
  facts.user_namespace = EINVAL;
  EXPECT_THAT(fix(root()), HasSubstr("CONFIG_USER_NS"));
}

TEST(KernelRules, ReportThatOnlyRootMayMakeUserNamespaces) {
  KernelFacts facts = whole_kernel();
  facts.apparmor_restricts_userns = 1;
  EXPECT_THAT(find(judge_kernel(facts, root()), "user namespaces").detail, HasSubstr("root only"));
}

TEST(KernelRules, JudgeEachNamespaceByItself) {
  KernelFacts facts = whole_kernel();
  facts.namespaces[2].tried = EINVAL;
  const Findings findings = judge_kernel(facts, root());
  EXPECT_EQ(find(findings, "net namespaces").state, State::Missing);
  EXPECT_THAT(find(findings, "net namespaces").lost, HasSubstr("reach the network"));
  EXPECT_EQ(find(findings, "pid namespaces").state, State::Good);
}

TEST(KernelRules, RequireEveryCall) {
  using Member = Tried KernelFacts::*;
  const std::pair<const char*, Member> calls[] = {
      {"pidfd", &KernelFacts::pidfd},
      {"clone3", &KernelFacts::clone3},
      {"clone into cgroup", &KernelFacts::clone_into_cgroup},
      {"fsopen", &KernelFacts::fsopen},
      {"open_tree", &KernelFacts::open_tree},
      {"move_mount", &KernelFacts::move_mount},
      {"mount_setattr", &KernelFacts::mount_setattr},
      {"O_TMPFILE", &KernelFacts::tmpfile},
      {"own /proc", &KernelFacts::proc_mount},
      {"no_new_privs", &KernelFacts::no_new_privs},
  };
  for (const auto& [name, member] : calls) {
    KernelFacts facts = whole_kernel();
    facts.*member = ENOSYS;
    const Findings refused = refusals(judge_kernel(facts, root()));
    ASSERT_EQ(refused.size(), 1U) << name;
    EXPECT_EQ(refused[0].name, name);
    EXPECT_FALSE(refused[0].lost.empty() || refused[0].fix.empty()) << name;
  }
}

TEST(KernelRules, DistinguishAnOldKernelFromAForbiddenCall) {
  KernelFacts facts = whole_kernel();
  facts.mount_setattr = ENOSYS;
  EXPECT_EQ(find(judge_kernel(facts, root()), "mount_setattr").fix, "install Linux 5.12 or newer");
  facts.mount_setattr = EPERM;
  const std::string fix = find(judge_kernel(facts, container("podman")), "mount_setattr").fix;
  EXPECT_THAT(fix, HasSubstr("--cap-add=SYS_ADMIN"));
  EXPECT_THAT(fix, HasSubstr("seccomp=seccomp.json"));
  EXPECT_THAT(fix, Not(HasSubstr("privileged")));
  EXPECT_EQ(find(judge_kernel(facts, user()), "mount_setattr").fix, "start evalx as root");
}

TEST(KernelRules, RequireFiltersAndTheirNotification) {
  KernelFacts facts = whole_kernel();
  facts.filter_notifies = false;
  EXPECT_EQ(find(judge_kernel(facts, root()), "seccomp notification").state, State::Missing);
  facts.filter_kills = false;
  EXPECT_EQ(find(judge_kernel(facts, root()), "seccomp").state, State::Missing);
}

}  // namespace
}  // namespace evalx::doctor
