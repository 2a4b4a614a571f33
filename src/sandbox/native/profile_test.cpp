// Each profile in practice: try_calls.c tries every call of the table in a box.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <iterator>
#include <map>
#include <sstream>

#include "kernel/file.hpp"
#include "kernel/seqpacket.hpp"
#include "sandbox/native/launcher.hpp"
#include "sandbox/native/native_sandbox.hpp"
#include "sandbox/native/policy.hpp"
#include "sandbox/native/protocol.hpp"
#include "sandbox/native/test_filter.hpp"
#include "sandbox/pack.hpp"
#include "sandbox/test_await.hpp"

namespace evalx::sandbox::native {
namespace {

constexpr std::uint64_t kFilterKey = 42;
/// Calls that answer -1 with ENOSYS themselves, or that not every supported kernel has.
constexpr int kSelfUnknown[] = {202, 329, 330, 331, 441, 444, 445, 446, 449};

class ProfileTest : public testing::TestWithParam<SeccompProfile> {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    auto started = NativeSandbox::start(loop_, {});
    ASSERT_TRUE(started) << started.error().what << ": " << started.error().code.message();
    sandbox_ = *std::move(started);
    auto program = kernel::read_file(AT_FDCWD, EVALX_TRY_CALLS, mebibytes(16).count);
    ASSERT_TRUE(program);
    auto packed = pack({{"try_calls", *std::move(program), true}});
    ASSERT_TRUE(packed);
    spec_.files = std::make_shared<const kernel::Fd>(*std::move(packed));
    spec_.profile = GetParam();
    const auto filters = compile_profiles();
    ASSERT_TRUE(filters);
    program_ = filters->at(static_cast<std::size_t>(GetParam())).with_key(kFilterKey);
  }

  template <class T>
  T await(Task<T> task) {
    return sandbox::await(loop_, std::move(task));
  }

  Outcome run(std::vector<std::string> argv) {
    auto box = await(sandbox_->open(spec_));
    EXPECT_TRUE(box) << box.error().what;
    RunSpec spec;
    spec.argv = std::move(argv);
    spec.limits.cpu_time = std::chrono::seconds{30};
    spec.limits.wall_time = std::chrono::seconds{60};
    auto outcome = await((*box)->run(std::move(spec)));
    EXPECT_TRUE(outcome) << outcome.error().what << ": " << outcome.error().code.message();
    return outcome ? *std::move(outcome) : Outcome{};
  }

  [[nodiscard]] std::uint32_t action_on(long number) const {
    Call call;
    call.number = static_cast<std::uint32_t>(number);
    call.arguments.fill(~std::uint64_t{0});
    return answer_to(program_, call).action;
  }

  asio::io_context loop_{1};
  std::unique_ptr<NativeSandbox> sandbox_;
  BoxSpec spec_;
  std::vector<sock_filter> program_;
};
INSTANTIATE_TEST_SUITE_P(Each, ProfileTest,
                         testing::Values(SeccompProfile::Standard, SeccompProfile::Contest,
                                         SeccompProfile::Strict),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_P(ProfileTest, AnswersEveryCallAsItsTableSays) {
  const bool may_fork = GetParam() != SeccompProfile::Strict;
  const Outcome outcome = run({"./try_calls", may_fork ? "fork" : "alone"});
  ASSERT_EQ(outcome.cause, Cause::Exited) << outcome.signal;
  std::istringstream lines(outcome.out.head);
  unsigned tried = 0, refused = 0;
  for (long number = 0, answer = 0; lines >> number >> answer; ++tried) {
    const std::uint32_t action = action_on(number);
    if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO) {
      ++refused;
      EXPECT_EQ(-answer, static_cast<long>(action & SECCOMP_RET_DATA)) << number;
    } else if (std::find(std::begin(kSelfUnknown), std::end(kSelfUnknown), number) ==
               std::end(kSelfUnknown)) {
      EXPECT_NE(-answer, ENOSYS) << number << " is allowed, and every supported kernel has it";
    }
  }
  EXPECT_EQ(tried, 1001U - 16U);
  std::cout << tried << " tried, " << refused << " refused\n";
}

TEST_P(ProfileTest, StopsWhatOnlyAnAttackTries) {
  for (const int number : {169, 172, 173, 167, 168, 175, 176, 246, 313, 320, 0x40000000 + 39})
    EXPECT_EQ(run({"./try_calls", std::to_string(number)}).cause, Cause::Forbidden) << number;
}

TEST_P(ProfileTest, HasSlotsOfItsOwn) {
  run({"./try_calls", "39"});
  EXPECT_EQ(sandbox_->counters().slots, 1U);
  spec_.profile =
      GetParam() == SeccompProfile::Standard ? SeccompProfile::Contest : SeccompProfile::Standard;
  run({"./try_calls", "39"});
  EXPECT_EQ(sandbox_->counters().slots, 2U);
  spec_.profile = GetParam();
  run({"./try_calls", "39"});
  EXPECT_EQ(sandbox_->counters().slots, 2U);
  EXPECT_EQ(sandbox_->counters().idle, 2U);
  sandbox_->trim();
  sandbox_->trim();
  EXPECT_EQ(sandbox_->counters().slots, 0U);
}

/// The supervisor has the same filter, and must still be able to make the kernel collect them.
TEST_P(ProfileTest, ContinuesAfterARunThatLeftSockets) {
  const bool has_pairs = GetParam() != SeccompProfile::Strict;
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(run({"./try_calls", "park"}).out.head, has_pairs ? "parked\n" : "no sockets\n");
  EXPECT_EQ(sandbox_->counters().slots, 1U);
  EXPECT_EQ(sandbox_->counters().replaced, Sandbox::Counters{}.replaced);
}

TEST_P(ProfileTest, LetsOnlyTheSupervisorExecWhenStrict) {
  const Outcome outcome = run({"./try_calls", "59"});
  EXPECT_EQ(outcome.out.head, GetParam() == SeccompProfile::Strict ? "59 -38\n" : "59 -14\n");
}

TEST(Launcher, RefusesASlotOfAnUnknownProfile) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  auto sockets = kernel::seqpacket_pair();
  ASSERT_TRUE(sockets);
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, sockets->second.get(), kLauncherSocket);
  char name[] = "evalx", command[] = "launch";
  char* argv[] = {name, command, nullptr};
  char* environment[] = {nullptr};
  pid_t pid = 0;
  ASSERT_EQ(::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv, environment), 0);
  ::posix_spawn_file_actions_destroy(&actions);
  sockets->second = kernel::Fd{};
  MessageBuffer buffer;
  Configure configure;
  configure.uid_base = 2'000'000;
  ASSERT_TRUE(send(sockets->first.get(), configure));
  const auto ready = receive(sockets->first.get(), buffer);
  ASSERT_TRUE(ready && std::holds_alternative<Ready>(ready->message));
  ASSERT_TRUE(send(sockets->first.get(), MakeSlot{kSeccompProfiles.size()}));
  const auto refused = receive(sockets->first.get(), buffer);
  ASSERT_TRUE(refused && std::holds_alternative<Failed>(refused->message));
  EXPECT_EQ(std::get<Failed>(refused->message).error, EINVAL);
  EXPECT_EQ(std::get<Failed>(refused->message).step, "unknown seccomp profile");
  sockets->first = kernel::Fd{};
  int status = -1;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace evalx::sandbox::native
