#include "sandbox/native/native_sandbox.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <vector>

#include "../../../tests/support/own_launcher.hpp"
#include "sandbox/contract_test.hpp"
#include "sandbox/native/proc_view.hpp"

namespace evalx::sandbox::native {
namespace {

Engine make_native(asio::io_context& loop) {
  Engine engine;
  // The default is the promise; an emulated machine (tests/vm) is slower.
  if (std::getenv("EVALX_EMULATED")) engine.cpu_lateness = engine.wall_lateness = milliseconds{200};
  NativeOptions options;
  // As root nothing is missing. Another user tests with what is available to it.
  options.allow_weak = ::geteuid() != 0;
  auto started = NativeSandbox::start(loop, options);
  if (!started && options.allow_weak &&
      started.error().code == std::errc::operation_not_permitted) {
    engine.skip = started.error().what;
    return engine;
  }
  EXPECT_TRUE(started) << started.error().what << ": " << started.error().code.message();
  if (!started) return engine;
  for (const Weakness& weakness : (*started)->weaknesses()) {
    if (weakness.mechanism.starts_with("a writable cgroup"))
      engine.cannot.insert({{Promise::ReportsTheMemoryLimit, weakness.mechanism},
                            {Promise::ReportsTheProcessLimit, weakness.mechanism}});
    if (weakness.mechanism.starts_with("user ids"))
      engine.cannot.insert({Promise::ProtectsItsFiles, weakness.mechanism});
  }
  engine.sandbox = *std::move(started);
  return engine;
}

const EngineMaker kNative{"native", make_native};

}  // namespace
}  // namespace evalx::sandbox::native

namespace evalx::sandbox {
INSTANTIATE_TEST_SUITE_P(Native, SandboxContract, testing::Values(native::kNative));
}

namespace evalx::sandbox::native {
namespace {

/// Properties of this engine only.
class NativeSandboxTest : public SandboxContract {
 protected:
  [[nodiscard]] NativeSandbox::Counters counters() const {
    return static_cast<NativeSandbox&>(*engine_.sandbox).counters();
  }
  [[nodiscard]] std::uint64_t replaced(Replaced reason) const {
    return counters().replaced[static_cast<std::size_t>(reason)];
  }
  void trim() { static_cast<NativeSandbox&>(*engine_.sandbox).trim(); }
};
INSTANTIATE_TEST_SUITE_P(Native, NativeSandboxTest, testing::Values(kNative));

TEST_P(NativeSandboxTest, ReplacesASlotThatRanOutOfMemory) {
  EVALX_NEEDS(Promise::ReportsTheMemoryLimit);
  const auto box = open();
  RunSpec spec = shell("x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo survived");
  spec.limits.memory = mebibytes(32);
  EXPECT_EQ(run(*box, std::move(spec)).cause, Cause::Memory);
  EXPECT_EQ(replaced(Replaced::Limit), 1U);
}

TEST_P(NativeSandboxTest, ReplacesASlotIfItsBoxCannotBeRenewed) {
  {
    BoxSpec spec;
    spec.inodes = 1;  // The directory of the box takes it, so no file can be made.
    const auto box = open(std::move(spec));
    EXPECT_FALSE(await(box->run(shell("true"))));
  }
  EXPECT_EQ(replaced(Replaced::NotCleaned), 1U);
  EXPECT_EQ(counters().slots, 0U);
  EXPECT_EQ(output_of("echo another slot"), "another slot\n");
}

TEST_P(NativeSandboxTest, HidesRemovedFilesFromTheNextRun) {
  const auto box = open();
  const std::string number =
      run(*box, shell("touch /tmp/f; stat -c %i /tmp/f; rm /tmp/f")).out.head;
  EXPECT_EQ(run(*box, shell("touch /tmp/f; stat -c %i /tmp/f; rm /tmp/f")).out.head, number);
  const std::string changed = run(*box, shell("stat -c %y /tmp")).out.head;
  // A clean box is used again, but never if programs can change our files in it.
  EXPECT_EQ(run(*box, shell("stat -c %y /tmp")).out.head == changed,
            !cannot(Promise::ProtectsItsFiles));
}

TEST_P(NativeSandboxTest, HidesChangedTimesFromTheNextRun) {
  const auto box = open();
  const std::string before = run(*box, shell("touch /tmp; stat -c %z /tmp; sleep 0.05")).out.head;
  EXPECT_NE(run(*box, shell("stat -c %z /tmp")).out.head, before);
  EXPECT_NE(run(*box, shell("touch -c /dev/null")).exit_code, 0);  // A file of the host.
}

TEST_P(NativeSandboxTest, RestartsProcessNumbersForEveryRun) {
  const auto box = open();
  const auto number = [&](const char* before) {
    RunSpec spec = shell(std::string(before) + "readlink /proc/self");
    spec.proc = Proc::Shared;
    return run(*box, std::move(spec)).out.head;
  };
  const std::string first = number("");
  number("for i in $(seq 20); do /bin/true; done; ");
  EXPECT_EQ(number(""), first);
}

TEST_P(NativeSandboxTest, ShowsAReadOnlyRootWithNothingOfTheHost) {
  EXPECT_EQ(output_of("ls -A /"),
            output_of("echo bin; echo box; echo dev; echo etc; for d in lib lib32 lib64 libx32 mnt "
                      "proc sbin tmp usr; do test -e /$d -o -L /$d && echo $d; done"));
  EXPECT_EQ(
      output_of(
          "touch /x /usr/x /etc/x /dev/x 2>/dev/null; ls /x /usr/x /etc/x /dev/x 2>/dev/null"),
      "");
  EXPECT_EQ(output_of("cat /etc/hostname; hostname; id -u; id -g; id -G"),
            "evalx\nevalx\n1000\n1000\n1000\n");
  EXPECT_EQ(output_of("cd /dev; echo *"),
            "fd full null random shm stderr stdin stdout urandom zero\n");
}

TEST_P(NativeSandboxTest, GivesNoCapabilitiesAndTheFilter) {
  EXPECT_EQ(
      output_of("grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/self/status | tr -d ' \\t'"),
      "Groups:\nCapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\n"
      "CapBnd:0000000000000000\nCapAmb:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n");
  EXPECT_EQ(output_of("cat /proc/sys/user/max_user_namespaces"), "0\n");
}

TEST_P(NativeSandboxTest, ShowsOnlyItsOwnProcessesAndDescriptors) {
  for (const Proc proc : {Proc::Own, Proc::Shared}) {
    RunSpec spec = shell(
        "cd /proc; for p in [0-9]*; do tr '\\0' ' ' < $p/cmdline; done; echo; "
        "ls /proc/self/fd | tr '\\n' ' '");
    spec.proc = proc;
    const std::string seen = run(std::move(spec)).out.head;
    EXPECT_EQ(seen.find("launch"), std::string::npos) << seen;
    EXPECT_NE(seen.find("0 1 2 3 "), std::string::npos) << seen;  // 3 is ls's own.
  }
  EXPECT_EQ(output_of("ls -d /proc/$$ && cat /proc/self/cgroup | grep -c -v ':/$'"),
            "/proc/2\n" + output_of("grep -c -v ':/$' /proc/self/cgroup"));
}

/// A list of what is allowed: a later kernel may have more.
TEST_P(NativeSandboxTest, ShowsNothingOfProcButWhatRuntimesRead) {
  for (const Proc proc : {Proc::Own, Proc::Shared}) {
    RunSpec spec = shell(
        "cd /proc; for f in [!0-9]*; do if test -d $f; then ls $f | grep -q . && echo $f; "
        "else head -c 1 $f 2>/dev/null | grep -q . && echo $f; fi; done; ls sys/fs; true");
    spec.proc = proc;
    std::istringstream seen{run(std::move(spec)).out.head};
    std::set<std::string> names{std::istream_iterator<std::string>{seen}, {}};
    EXPECT_TRUE(names.contains("meminfo") && names.contains("self"));
    for (const std::string& name : names)
      EXPECT_NE(std::ranges::find(kVisibleInProc, name), kVisibleInProc.end()) << name;
  }
}

TEST_P(NativeSandboxTest, AgreesWithAnOwnProcAboutProcessNumbers) {
  RunSpec spec = shell("read number rest < /proc/self/stat; test $number = $$ && echo same");
  spec.proc = Proc::Own;
  EXPECT_EQ(run(spec).out.head, "same\n");
  spec.proc = Proc::Shared;
  EXPECT_EQ(run(spec).out.head, "");
}

TEST_P(NativeSandboxTest, GivesIdleSlotsBack) {
  { const auto first = open(), second = open(); }
  EXPECT_EQ(counters().slots, 2U);
  trim();  // The first call keeps them: they were in use since the last one.
  trim();
  EXPECT_EQ(counters().slots, 0U);
  EXPECT_EQ(output_of("echo again"), "again\n");
}

/// The children of this thread.
std::set<pid_t> children() {
  std::ifstream file{"/proc/thread-self/children"};
  return {std::istream_iterator<pid_t>{file}, {}};
}

TEST(NativeSandboxLauncher, IsReportedLostWhenItIsKilled) {
  asio::io_context loop;
  bool lost = false;
  NativeOptions options;
  options.allow_weak = ::geteuid() != 0;
  options.on_launcher_lost = [&lost] { lost = true; };
  const std::set<pid_t> before = children();
  const auto started = NativeSandbox::start(loop, options);
  if (!started) GTEST_SKIP() << started.error().what;
  std::vector<pid_t> launchers;
  std::ranges::set_difference(children(), before, std::back_inserter(launchers));
  ASSERT_EQ(launchers.size(), 1U);
  loop.poll();
  EXPECT_FALSE(lost);
  ASSERT_EQ(::kill(launchers.front(), SIGKILL), 0);
  loop.run_for(std::chrono::seconds{10});  // Returns as soon as nothing is left to wait for.
  EXPECT_TRUE(lost);
}

}  // namespace
}  // namespace evalx::sandbox::native
