#include "sandbox/isolate/command.hpp"

#include <gmock/gmock.h>

namespace evalx::sandbox::isolate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kGroups1 =
    "The process isolator 1.8.1\n(c) 2012--2019 Martin Mares and Bernard Blackham\n";

Argv command_for(const Tool& tool, const submission::Limits& limits) {
  return run_command(tool, 7, limits, "/m", {}, "/bin/sh", {"sh"});
}

TEST(IsolateCommand, ReadsTheVersionsOfBothGenerations) {
  EXPECT_EQ(parse_version(kGroups1).value(), (Version{1, 8}));
  EXPECT_EQ(parse_version("The process isolator 2.6\n(c)\n").value(), (Version{2, 6}));
  EXPECT_EQ(parse_version("The process isolator 2.10").value(), (Version{2, 10}));
  EXPECT_LT((Version{2, 6}), (Version{2, 10}));
}

TEST(IsolateCommand, RefusesAnotherToolOrAnOldVersion) {
  const auto old = parse_version("The process isolator 1.7\n");
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().code, std::errc::not_supported);
  EXPECT_THAT(old.error().what, HasSubstr("1.8 is needed, this is 1.7"));
  for (const std::string_view text :
       {"", "bash: isolate", "The process isolator", "The process isolator \n",
        "The process isolator two\n", "The process isolator 2\n", "The process isolator 2.x\n",
        "The process isolator 99999999999.1\n"}) {
    const auto version = parse_version(text);
    ASSERT_FALSE(version) << text;
    EXPECT_EQ(version.error().code, std::errc::bad_message) << text;
  }
}

TEST(IsolateCommand, PassesEveryLimitInTheToolsUnits) {
  submission::Limits limits;
  limits.cpu_time = Microseconds{290'000};
  limits.wall_time = Microseconds{6'000'001};
  limits.memory = mebibytes(64);
  limits.file_size = Bytes{1025};
  limits.processes = 12;
  limits.open_files = 99;
  const Argv command = command_for({"isolate", {2, 6}, true, {}, false}, limits);
  for (const char* option :
       {"--box-id=7", "--cg", "--time=0.2905", "--wall-time=6.0015", "--cg-mem=65536",
        "--stack=65536", "--fsize=2", "--processes=12", "--open-files=99", "--meta=/m"})
    EXPECT_THAT(command, Contains(option));
}

TEST(IsolateCommand, NeverTurnsASmallLimitIntoNone) {
  submission::Limits limits;
  limits.cpu_time = Microseconds{1};
  limits.file_size = Bytes{0};
  const Argv command = command_for({"isolate", {2, 6}, true, {}, false}, limits);
  EXPECT_THAT(command, Contains("--time=0.0015"));
  EXPECT_THAT(command, Contains("--fsize=1"));
}

TEST(IsolateCommand, PassesOnlyOptionsThatAnOldToolKnows) {
  const Argv command = command_for({"isolate", {1, 8}, false, {}, false}, {});
  EXPECT_THAT(command, Not(Contains(StartsWith("--open-files"))));
  EXPECT_THAT(command, Not(Contains("--cg")));
  EXPECT_THAT(command, Not(Contains(StartsWith("--cg-mem"))));
  EXPECT_THAT(command, Contains("--mem=262144"));
}

TEST(IsolateCommand, KeepsArgumentsAfterTheDashes) {
  const Tool tool{"isolate", {2, 6}, true, {"/opt/jdk"}, true};
  const Argv command = run_command(tool, 0, {}, "/m", {"A=b=c"}, "/bin/sh", {"sh", "--init", ""});
  ASSERT_GT(command.size(), 5U);
  EXPECT_THAT(Argv(command.end() - 5, command.end()),
              ElementsAre("--run", "--", "/bin/sh", "--init", ""));
  EXPECT_THAT(command, Contains("--env=A=b=c"));
  EXPECT_THAT(command, Contains("--dir=/opt/jdk:maybe"));
  EXPECT_THAT(command, Contains("--dir=dev/shm=tmpfs:fs:rw"));
}

TEST(IsolateCommand, BindsOnlyPathsThatCannotBeReadAsAnotherRule) {
  EXPECT_TRUE(is_bindable("/opt/jdk-17"));
  for (const char* path : {"", "/", "opt", "/opt:rw", "/etc=/opt", "/opt/../etc"})
    EXPECT_FALSE(is_bindable(path)) << path;
}

}  // namespace
}  // namespace evalx::sandbox::isolate
