#include "sandbox/native/child.hpp"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "kernel/raw_syscall.hpp"

// This file is compiled without sanitizers and stack protector (see CMakeLists.txt).

namespace evalx::sandbox::native {
namespace {

using kernel::keyed_syscall;
using kernel::raw_syscall;

constexpr std::size_t kStackBytes = 64UL * 1024;
alignas(64) char init_stack
    [kStackBytes];  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables):
alignas(64) char program_stack[kStackBytes];  // NOLINT: the stacks of the two children, one run at
                                              // a time.

constexpr int kExecFailed = 127;

/// clone3(2) with its own stack: the child calls entry(argument), which never returns.
[[gnu::noinline]] long clone_on_stack(clone_args* arguments, std::uint64_t key,
                                      void (*entry)(ChildPlan*), ChildPlan* argument) noexcept {
  long answer;  // NOLINT(cppcoreguidelines-init-variables): the assembly sets it
  register std::uint64_t r9 asm("r9") = key;
  register void (*r12)(ChildPlan*) asm("r12") = entry;
  register ChildPlan* r13 asm("r13") = argument;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %%r13, %%rdi\n\t"
      "call *%%r12\n\t"
      "ud2\n"
      "1:"
      : "=a"(answer)
      : "a"(SYS_clone3), "D"(arguments), "S"(sizeof *arguments), "r"(r9), "r"(r12), "r"(r13)
      : "rcx", "r11", "memory");
  return answer;
}

EVALX_BARE std::int64_t now_ns() noexcept {
  timespec now{};
  raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000L + now.tv_nsec;
}

[[noreturn]] EVALX_BARE void end(int code) noexcept {
  while (true) raw_syscall(SYS_exit_group, code);
}

[[noreturn]] EVALX_BARE void give_up(ChildPlan* plan, Step step, long answer) noexcept {
  plan->failed = step;
  plan->error = static_cast<int>(-answer);
  end(kExecFailed);
}

/// Makes the program the kernel's first choice when the machine or a container runs out of memory.
/// Raising the value needs no right; but the file belongs to us only while our memory, which is the
/// supervisor's, is dumpable. No program of this slot is alive to use that. If it fails, the kernel
/// chooses by size.
EVALX_BARE void become_first_victim(std::uint64_t key) noexcept {
  keyed_syscall(key, SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
  const long file = raw_syscall(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY);
  if (file >= 0) {
    raw_syscall(SYS_write, file, "1000", 4);
    raw_syscall(SYS_close, file);
  }
  keyed_syscall(key, SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// pid 2: gives up the rights of the supervisor, and becomes the program.
[[noreturn]] void program_main(ChildPlan* plan) noexcept {
  // v1: join the group while we may still write its files. v2: we were started in it.
  for (const int fd : plan->join_fds) {
    if (fd < 0) break;
    const long joined = raw_syscall(SYS_write, fd, "0", 1);
    if (joined < 0) give_up(plan, Step::JoinGroup, joined);
  }
  become_first_victim(plan->key);
  for (std::size_t i = 0; i < plan->limit_count; ++i) {
    const ResourceLimit& limit = plan->limits[i];
    const long set = raw_syscall(SYS_prlimit64, 0, limit.resource, &limit.value, nullptr);
    if (set < 0) give_up(plan, Step::SetLimits, set);
  }
  // Its own session: kill(0) reaches only the program, and no terminal controls it.
  keyed_syscall(plan->key, SYS_setsid);
  long answer = keyed_syscall(plan->key, SYS_setresgid, plan->gid, plan->gid, plan->gid);
  if (answer < 0) give_up(plan, Step::SetIdentity, answer);
  answer = keyed_syscall(plan->key, SYS_setresuid, plan->uid, plan->uid, plan->uid);
  if (answer < 0) give_up(plan, Step::SetIdentity, answer);
  // From here on we have no capabilities: the kernel drops them with uid 0.

  for (int i = 0; i < 3; ++i) {
    answer = raw_syscall(SYS_dup2, plan->stdio[static_cast<std::size_t>(i)], i);
    if (answer < 0) give_up(plan, Step::SetStdio, answer);
  }
  // Every descriptor is made close-on-exec. This is for one that was forgotten.
  keyed_syscall(plan->key, SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
  answer = raw_syscall(SYS_chdir, "/box");
  if (answer < 0) give_up(plan, Step::EnterBox, answer);
  raw_syscall(SYS_umask, 022);
  // The launcher ignores SIGHUP, and exec would keep that.
  constexpr std::uint64_t kDefaultAction[4] = {};  // The kernel's sigaction: SIG_DFL, no flags.
  raw_syscall(SYS_rt_sigaction, SIGHUP, kDefaultAction, nullptr, sizeof(std::uint64_t));

  plan->started_ns = now_ns();
  answer = keyed_syscall(plan->key, SYS_execve, plan->path, plan->argv, plan->environment);
  give_up(plan, Step::Execve, answer);
}

/// pid 1 of the run: starts the program and waits for it. All other processes die with this one.
[[noreturn]] void init_main(ChildPlan* plan) noexcept {
  if (plan->own_proc) {
    long mounted = mount_proc(plan->key);
    if (mounted >= 0)
      mounted = hide_in_proc(plan->key, plan->hidden_files, plan->hidden_directories);
    if (mounted < 0) give_up(plan, Step::MountProc, mounted);
  }
  clone_args arguments{};
  // We are suspended until the program has left our memory by its exec.
  arguments.flags = CLONE_VM | CLONE_VFORK;
  arguments.exit_signal = SIGCHLD;
  arguments.stack = reinterpret_cast<std::uint64_t>(program_stack);  // NOLINT: the kernel's form
  arguments.stack_size = kStackBytes;
  if (plan->clone_into_fd >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(plan->clone_into_fd);
  }
  const long program = clone_on_stack(&arguments, plan->key, program_main, plan);
  if (program < 0) give_up(plan, Step::CloneProgram, program);
  while (true) {
    int status = 0;
    rusage usage{};
    const long dead = keyed_syscall(plan->key, SYS_wait4, -1, &status, __WALL, &usage);
    if (dead > 0 && usage.ru_maxrss > plan->most_resident_kb)
      plan->most_resident_kb = usage.ru_maxrss;
    if (dead != program) continue;
    plan->ended_ns = now_ns();
    plan->status = status;
    __atomic_store_n(&plan->ended, true, __ATOMIC_RELEASE);
    end(0);
  }
}

constexpr const char* kEmptyDirectory = "/mnt";

/// Mounts a copy of `source` over `target`. A target that does not exist needs no cover, but asking
/// for it costs a wait for the kernel.
EVALX_BARE long cover(std::uint64_t key, const char* source, const char* target,
                      std::uint64_t attributes) noexcept {
  const long tree =
      keyed_syscall(key, SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree == -ENOENT) return 0;
  if (tree < 0) return tree;
  mount_attr change{};
  change.attr_set = attributes;
  long answer = attributes == 0 ? 0
                                : keyed_syscall(key, SYS_mount_setattr, tree, "", AT_EMPTY_PATH,
                                                &change, sizeof change);
  if (answer >= 0)
    answer =
        keyed_syscall(key, SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
  raw_syscall(SYS_close, tree);
  return answer == -ENOENT ? 0 : answer;
}

}  // namespace

long mount_proc(std::uint64_t key) noexcept {
  const long context = keyed_syscall(key, SYS_fsopen, "proc", FSOPEN_CLOEXEC);
  if (context < 0) return context;
  // A program does not see the supervisor and the init, because they have another uid.
  long answer = keyed_syscall(key, SYS_fsconfig, context, FSCONFIG_SET_STRING, "hidepid", "2", 0);
  // The supervisor's group may see all, to measure how long a run waited (lost_time.hpp). If both
  // have the same id there is no group 0, and no need.
  keyed_syscall(key, SYS_fsconfig, context, FSCONFIG_SET_STRING, "gid", "0", 0);
  if (answer >= 0)
    answer = keyed_syscall(key, SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
  if (answer >= 0)
    answer = keyed_syscall(key, SYS_fsmount, context, FSMOUNT_CLOEXEC,
                           MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  raw_syscall(SYS_close, context);
  if (answer < 0) return answer;
  const long tree = answer;
  answer = keyed_syscall(key, SYS_move_mount, tree, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH);
  raw_syscall(SYS_close, tree);
  return answer;
}

long hide_in_proc(std::uint64_t key, char* const* files, char* const* directories) noexcept {
  for (; *files; ++files) {
    const long answer = cover(key, "/dev/null", *files, 0);
    if (answer < 0) return answer;
  }
  for (; *directories; ++directories) {
    const long answer = cover(key, kEmptyDirectory, *directories, 0);
    if (answer < 0) return answer;
  }
  const long answer = cover(key, "/proc/sys", "/proc/sys", MOUNT_ATTR_RDONLY);
  if (answer < 0) return answer;
  // Machine-wide counters of open files, inodes and the like. On top of the one above.
  return cover(key, kEmptyDirectory, "/proc/sys/fs", 0);
}

long start_init(ChildPlan& plan, int& pidfd) noexcept {
  clone_args arguments{};
  arguments.flags = CLONE_VM | CLONE_NEWPID | CLONE_PIDFD | (plan.own_proc ? CLONE_NEWNS : 0);
  arguments.exit_signal = SIGCHLD;
  arguments.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);      // NOLINT: the kernel's form
  arguments.stack = reinterpret_cast<std::uint64_t>(init_stack);  // NOLINT
  arguments.stack_size = kStackBytes;
  return clone_on_stack(&arguments, plan.key, init_main, &plan);
}

const char* to_string(Step step) noexcept {
  switch (step) {
    case Step::None:
      return "none";
    case Step::MountProc:
      return "mount /proc";
    case Step::CloneProgram:
      return "clone the program";
    case Step::JoinGroup:
      return "join the cgroup";
    case Step::SetLimits:
      return "prlimit";
    case Step::SetIdentity:
      return "setresuid";
    case Step::SetStdio:
      return "dup2";
    case Step::EnterBox:
      return "chdir /box";
    case Step::Execve:
      return "execve";
  }
  return "unknown";
}

}  // namespace evalx::sandbox::native
