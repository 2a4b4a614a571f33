#include "sandbox/isolate/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

namespace evalx::sandbox::isolate {
namespace {

using kernel::Fd;

Fd null_file() {
  return Fd{::open("/dev/null", O_RDWR | O_CLOEXEC)};
}

/// While it lives, this process has no free descriptor.
class NoFreeDescriptor {
 public:
  NoFreeDescriptor() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few{std::min<rlim_t>(before_.rlim_cur, 256), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
    while (Fd file = null_file()) files_.push_back(std::move(file));
  }
  NoFreeDescriptor(const NoFreeDescriptor&) = delete;
  NoFreeDescriptor& operator=(const NoFreeDescriptor&) = delete;
  ~NoFreeDescriptor() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
  std::vector<Fd> files_;
};

/// From now on pidfd_open(2) fails in this process with EMFILE.
bool refuse_pidfds() {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EMFILE),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(steps), steps};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// 0 if the tool is ended when it gets no pidfd; otherwise the number of the step that failed.
int ends_a_tool_without_pidfd() {
  if (!refuse_pidfds()) return 1;
  const Fd null = null_file();
  const auto started = Process::start({"sleep", "100"}, {null.get(), null.get(), null.get()});
  if (started || started.error().code != std::errc::too_many_files_open) return 2;
  return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD ? 0 : 3;
}

TEST(Process, IsEndedIfItGetsNoPidfd) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(ends_a_tool_without_pidfd());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Process, IsNotStartedWithOurOwnOutputs) {
  const std::string file =
      testing::TempDir() + "process-without-descriptors-" + std::to_string(::getpid());
  {
    const NoFreeDescriptor none;
    const auto started = Process::start({"touch", file}, {0, 1, 2});
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().what, "dup a descriptor");
  }
  EXPECT_FALSE(std::filesystem::remove(file));
}

}  // namespace
}  // namespace evalx::sandbox::isolate
