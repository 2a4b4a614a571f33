#include "language/source_path.hpp"

#include <gtest/gtest.h>

namespace evalx::language {
namespace {

TEST(SourcePath, AcceptsPathsInsideTheBox) {
  for (const char* path : {"main.c", "a/b/c.py", "..a", "a..b/c", ".types/x", "-x.c", "é.py"}) {
    EXPECT_EQ(path_problem(path), std::nullopt) << path;
  }
}

TEST(SourcePath, RefusesPathsOutsideTheBox) {
  using namespace std::string_view_literals;
  for (const std::string_view path :
       {""sv, "/etc/passwd"sv, "a//b"sv, "a/"sv, "."sv, ".."sv, "a/../b"sv, "./a"sv, "a\0b"sv}) {
    EXPECT_NE(path_problem(path), std::nullopt) << path;
  }
  EXPECT_NE(path_problem(std::string(kMaxSourcePathBytes + 1, 'a')), std::nullopt);
}

TEST(SourcePath, IsNeverAnOptionOrAFileOfOptions) {
  EXPECT_EQ(as_argument("main.c"), "main.c");
  EXPECT_EQ(as_argument("-fplugin=x.c"), "./-fplugin=x.c");
  EXPECT_EQ(as_argument("@options.c"), "./@options.c");
  EXPECT_EQ(as_argument("+x.c"), "./+x.c");
}

TEST(SourcePath, PrefersAnExactEnding) {
  EXPECT_EQ(ending_of("a.C", {".c", ".C"}), ".C");
  EXPECT_EQ(ending_of("A.PY", {".py"}), ".py");
  EXPECT_EQ(ending_of("folder.py/a.txt", {".py"}), "");
  EXPECT_EQ(ending_of("folder/.py", {".py"}), "") << "an ending alone is no name";
}

}  // namespace
}  // namespace evalx::language
