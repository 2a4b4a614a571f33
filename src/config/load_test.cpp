#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace evalx::config {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Each test has an empty working directory.
class LoadTest : public ::testing::Test {
 protected:
  LoadTest() : before_(fs::current_path()) {
    std::string name = ::testing::TempDir() + "load-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    fs::current_path(folder_);
  }
  ~LoadTest() override {
    ::unsetenv("EVALX_CONFIG");
    ::unsetenv("EVALX_HTTP_THREADS");
    fs::current_path(before_);
    fs::remove_all(folder_);
  }
  static void write(const char* path, const char* text) { std::ofstream(path) << text; }
  static Result<Settings> load(const std::optional<std::string>& file = {}) {
    const Machine machine{.cpus = 1, .memory_budget = mebibytes(64), .is_root = true};
    return load_settings(file, {}, default_settings(machine, {}));
  }

 private:
  fs::path before_;
  fs::path folder_;
};

TEST_F(LoadTest, NeedsNoFile) {
  EXPECT_EQ(load().value().listen_port, 2358);
}

TEST_F(LoadTest, ReadsTheFileInTheWorkingDirectory) {
  write("evalx.toml", "listen = \"127.0.0.1:1\"");
  EXPECT_EQ(load().value().listen_port, 1);
}

TEST_F(LoadTest, PrefersANamedFile) {
  write("evalx.toml", "listen = \"127.0.0.1:1\"");
  write("variable.toml", "listen = \"127.0.0.1:2\"");
  write("flag.toml", "listen = \"127.0.0.1:3\"");
  ::setenv("EVALX_CONFIG", "variable.toml", 1);
  EXPECT_EQ(load().value().listen_port, 2);
  EXPECT_EQ(load("flag.toml").value().listen_port, 3);
}

TEST_F(LoadTest, FailsIfANamedFileIsMissing) {
  const auto result = load("none.toml");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, std::errc::no_such_file_or_directory);
  EXPECT_THAT(result.error().what, HasSubstr("none.toml"));
}

TEST_F(LoadTest, ReadsTheProcessEnvironment) {
  ::setenv("EVALX_HTTP_THREADS", "9", 1);
  EXPECT_EQ(load().value().http_threads, 9U);
}

kernel::Room room(Bytes memory, std::uint64_t processes, std::uint64_t cpu_thousandths) {
  using Of = kernel::FoundLimit::Of;
  return kernel::room_of({{Of::Memory, memory.count, ""},
                          {Of::Processes, processes, ""},
                          {Of::Cpus, cpu_thousandths, ""}});
}

TEST(MachineOf, LeavesATenthOfALargeMachineToEvalx) {
  const Machine machine = machine_of(room(mebibytes(10'240), 32'768, 8000));
  EXPECT_EQ(machine.memory_budget, mebibytes(9216));
  EXPECT_EQ(machine.sandboxes, 8U);
  EXPECT_EQ(machine.cpus, 8U);
}

TEST(MachineOf, HasRoomForOneSandboxInTheSmallestContainer) {
  const Machine machine = machine_of(room(mebibytes(300), 100, 300));
  EXPECT_EQ(machine.memory_budget, mebibytes(236));
  EXPECT_EQ(machine.processes, 36U);
  EXPECT_EQ(machine.sandboxes, 1U);
  EXPECT_EQ(machine.cpus, 1U);
  EXPECT_EQ(machine_of(room(mebibytes(90), 10, 300)).memory_budget, mebibytes(26));
}

TEST(MachineOf, HasAsManySandboxesAsFitIntoItsTightestLimit) {
  EXPECT_EQ(machine_of(room(mebibytes(1024), 32'768, 8000)).sandboxes, 3U);
  EXPECT_EQ(machine_of(room(mebibytes(10'240), 64 + 2 * 67, 8000)).sandboxes, 2U);
  EXPECT_EQ(machine_of(room(mebibytes(10'240), 32'768, 1500)).sandboxes, 1U);
}

}  // namespace
}  // namespace evalx::config
