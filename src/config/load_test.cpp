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

}  // namespace
}  // namespace evalx::config
