#include "kernel/capability.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>

namespace evalx::kernel {
namespace {

/// Runs `body` in a child, because a capability that was given up does not come back. Returns the
/// number of the first check that failed, counted from 1; 0 if all passed.
int first_wrong(const std::function<void(const std::function<void(bool)>&)>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    int checked = 0;
    body([&checked](bool good) {
      ++checked;
      if (!good) ::_exit(checked);
    });
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Capabilities : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_capability(CAP_SETPCAP) || !has_capability(CAP_SETUID)) GTEST_SKIP() << "needs root";
  }
};

TEST_F(Capabilities, KeepOnlyTheListedOnesAndGiveNoneToAnExec) {
  EXPECT_EQ(first_wrong([](const auto& check) {
              check(keep_only_capabilities(std::array{CAP_CHOWN}).has_value());
              check(has_capability(CAP_CHOWN));
              check(!has_capability(CAP_KILL));
              check(!raise_capabilities(std::array{CAP_KILL}));
              check(::prctl(PR_CAPBSET_READ, CAP_CHOWN) == 0);
              check(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
            }),
            0);
}

TEST_F(Capabilities, SurviveAnotherEffectiveUserOnlyAfterLockedSecurebits) {
  constexpr uid_t kOtherUser = 65534;
  EXPECT_EQ(first_wrong([](const auto& check) {
              {
                const auto user = EffectiveUser::become(kOtherUser);
                check(user && ::geteuid() == kOtherUser && !has_capability(CAP_CHOWN));
                check(raise_capabilities(std::array{CAP_CHOWN}) && has_capability(CAP_CHOWN));
              }
              check(::geteuid() == 0 && has_capability(CAP_KILL));
              check(lock_securebits() && keep_only_capabilities(std::array{CAP_SETUID}));
              const auto user = EffectiveUser::become(kOtherUser);
              check(user && ::geteuid() == kOtherUser && has_capability(CAP_SETUID));
            }),
            0);
}

}  // namespace
}  // namespace evalx::kernel
