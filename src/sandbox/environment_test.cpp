#include "sandbox/environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace evalx::sandbox {
namespace {

/// A machine with "/b/tool", and with "/a/data", which cannot be executed.
int refusal(const std::string& path) {
  if (path == "/b/tool") return 0;
  return path == "/a/data" ? EACCES : ENOENT;
}

TEST(Environment, FindsAProgramInTheFoldersOfItsPath) {
  EXPECT_EQ(search_program("tool", {"PATH=/a:/b:/c"}, refusal).value(), "/b/tool");
  EXPECT_EQ(search_program("tool", {"PATH=/a"}, refusal).error(),
            std::errc::no_such_file_or_directory);
}

TEST(Environment, ReportsAFileThatCannotBeExecuted) {
  EXPECT_EQ(search_program("data", {"PATH=/a:/b"}, refusal).error(), std::errc::permission_denied);
}

TEST(Environment, DoesNotSearchForANameWithASlash) {
  EXPECT_EQ(search_program("./tool", {"PATH=/b"}, refusal).value(), "./tool");
}

TEST(Environment, CompletesOnlyVariablesThatAreNotSet) {
  std::vector<std::string> environment{"HOME=/box"};
  complete_environment(environment);
  EXPECT_THAT(environment, testing::Contains("HOME=/box"));
  EXPECT_THAT(environment, testing::Contains("TMPDIR=/tmp"));
  EXPECT_EQ(environment.size(), 3U);
}

}  // namespace
}  // namespace evalx::sandbox
