#include "kernel/seccomp.hpp"

#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cstddef>
#include <functional>
#include <iterator>

#include "kernel/raw_syscall.hpp"

namespace evalx::kernel {
namespace {

using Action = SyscallRule::Action;
constexpr std::uint64_t kKey = 0x1234'5678'9ABC'DEF0;

std::vector<SyscallRule> rules() {
  std::vector<SyscallRule> list;
  for (const char* call :
       {"read", "write", "close", "exit", "exit_group", "poll", "ioctl", "kill", "wait4", "pause",
        "rt_sigreturn", "fcntl", "ppoll", "mmap", "munmap", "sigaltstack"}) {
    list.push_back({call, Action::Allow, 0, {}, false});
  }
  list.push_back({"uname", Action::Errno, EPERM, {}, false});
  list.push_back({"getppid", Action::Allow, 0, {}, true});
  list.push_back({"dup", Action::Allow, 0, {{0, 0xFFFFFFFFU, 7}}, false});
  list.push_back({"reboot", Action::Trap, 0, {}, false});
  list.push_back({"no_such_call_anywhere", Action::Allow, 0, {}, false});
  return list;
}

/// Runs `body` in a child with the filter; its return value becomes the exit code of the child.
int filtered(const std::function<int(const Fd& listener)>& body) {
  const auto filter = compile_filter(rules());
  EXPECT_TRUE(filter) << filter.error().what;
  const pid_t pid = ::fork();
  if (pid == 0) {
    const auto listener = install_filter(filter->with_key(kKey));
    raw_syscall(SYS_exit_group, listener ? body(*listener) : 98);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST(Seccomp, RefusesCallsWithoutARuleWithEnosysAndOthersWithTheErrnoOfTheirRule) {
  EXPECT_EQ(filtered([](const Fd&) { return static_cast<int>(-raw_syscall(SYS_getuid)); }), ENOSYS);
  EXPECT_EQ(filtered([](const Fd&) { return static_cast<int>(-raw_syscall(SYS_uname, 0)); }),
            EPERM);
}

TEST(Seccomp, AllowsAKeyedCallOnlyWithTheKey) {
  EXPECT_EQ(filtered([](const Fd&) { return static_cast<int>(-raw_syscall(SYS_getppid)); }),
            ENOSYS);
  EXPECT_EQ(
      filtered([](const Fd&) { return static_cast<int>(-keyed_syscall(kKey + 1, SYS_getppid)); }),
      ENOSYS);
  EXPECT_EQ(filtered([](const Fd&) { return keyed_syscall(kKey, SYS_getppid) > 0 ? 0 : 1; }), 0);
}

TEST(Seccomp, RefusesARuleThatComparesWithTheMarkOfTheKey) {
  auto list = rules();
  list.push_back({"tee", Action::Allow, 0, {{0, 0xFFFFFFFFU, 0x9E37'79B9}}, false});
  EXPECT_FALSE(compile_filter(list));
}

/// After this call, seccomp(2) with SECCOMP_FILTER_FLAG_SPEC_ALLOW fails with EUCLEAN.
void forbid_spec_allow() {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EUCLEAN),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(steps), steps};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  raw_syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

TEST(Seccomp, KeepsTheProtectionFromSpeculativeExecution) {
  const auto filter = compile_filter(rules());
  ASSERT_TRUE(filter);
  const pid_t pid = ::fork();
  if (pid == 0) {
    forbid_spec_allow();
    const bool is_noticed = raw_syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                        SECCOMP_FILTER_FLAG_SPEC_ALLOW, nullptr) == -EUCLEAN;
    const auto listener = install_filter(filter->with_key(kKey));
    raw_syscall(SYS_exit_group, !is_noticed ? 1 : !listener ? 2 : 0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(Seccomp, ComparesTheLower32BitsOfArguments) {
  EXPECT_EQ(filtered([](const Fd&) { return static_cast<int>(-raw_syscall(SYS_dup, 7)); }), EBADF);
  EXPECT_EQ(
      filtered([](const Fd&) { return static_cast<int>(-raw_syscall(SYS_dup, 7L + (1L << 32))); }),
      EBADF);
  EXPECT_EQ(filtered([](const Fd&) { return static_cast<int>(-raw_syscall(SYS_dup, 8)); }), ENOSYS);
}

/// A child of the filtered process makes the call. Returns 0 if the listener reports that call and
/// the child is still stopped in it.
int trap_in_child(const Fd& listener, long number) {
  const long pid = raw_syscall(SYS_fork);
  if (pid == 0) {
    raw_syscall(number, 0, 0, 0, 0);
    raw_syscall(SYS_exit_group, 0);
  }
  pollfd ready{listener.get(), POLLIN, 0};
  raw_syscall(SYS_poll, &ready, 1, 10'000);
  seccomp_notif notice{};
  const long received = raw_syscall(SYS_ioctl, listener.get(), SECCOMP_IOCTL_NOTIF_RECV, &notice);
  raw_syscall(SYS_kill, pid, SIGKILL);
  int status = 0;
  raw_syscall(SYS_wait4, pid, &status, 0, nullptr);
  return received == 0 && notice.data.nr == number && WIFSIGNALED(status) ? 0 : 1;
}

TEST(Seccomp, NotifiesTheOwnerOfATrappedCallAndStopsTheCaller) {
  auto with_fork = rules();
  with_fork.push_back({"fork", Action::Allow, 0, {}, false});
  const auto filter = compile_filter(with_fork);
  ASSERT_TRUE(filter);
  for (const long number : {static_cast<long>(SYS_reboot), 0x40000000L + SYS_getpid}) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      const auto listener = install_filter(filter->with_key(kKey));
      raw_syscall(SYS_exit_group, listener ? trap_in_child(*listener, number) : 98);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0) << number;
  }
}

}  // namespace
}  // namespace evalx::kernel
