#include "sandbox/isolate/tool_weaknesses.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace evalx::sandbox::isolate {
namespace {

Tool tool(Version version, bool cgroups) {
  Tool tool;
  tool.version = version;
  tool.cgroups = cgroups;
  return tool;
}

bool names(const std::vector<Weakness>& weaknesses, const std::string& mechanism) {
  return std::any_of(weaknesses.begin(), weaknesses.end(),
                     [&](const Weakness& weakness) { return weakness.mechanism == mechanism; });
}

TEST(ToolWeaknesses, MustBeAllowedOnlyWithoutControlGroups) {
  EXPECT_TRUE(check_weaknesses(weaknesses_of(tool({2, 6}, true)), false));
  EXPECT_FALSE(check_weaknesses(weaknesses_of(tool({2, 6}, false)), false));
  EXPECT_TRUE(names(weaknesses_of(tool({1, 8}, false)), "isolate: control groups"));
}

TEST(ToolWeaknesses, AreMoreForAnOlderTool) {
  EXPECT_TRUE(names(weaknesses_of(tool({1, 8}, true)), "isolate: open files"));
  EXPECT_FALSE(names(weaknesses_of(tool({2, 6}, true)), "isolate: open files"));
  const auto lost = [](Version version) { return weaknesses_of(tool(version, true)).front().lost; };
  EXPECT_EQ(lost({1, 8}), "programs may make any system call");
  EXPECT_NE(lost({2, 6}), lost({1, 8}));
}

TEST(ToolWeaknesses, AllNameTheLossAndAFix) {
  for (const Weakness& weakness : weaknesses_of(tool({1, 8}, false))) {
    EXPECT_FALSE(weakness.lost.empty()) << weakness.mechanism;
    EXPECT_FALSE(weakness.fix.empty()) << weakness.mechanism;
  }
}

}  // namespace
}  // namespace evalx::sandbox::isolate
