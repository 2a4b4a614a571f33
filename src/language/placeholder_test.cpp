#include "language/placeholder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evalx::language {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Placeholder, ExpandsAListToSeveralElements) {
  Filling filling;
  filling.sources = {"a.c", "b c.c"};
  filling.options = {};
  EXPECT_THAT(expand({"gcc", "{options}", "{sources}", "-lm"}, filling),
              ElementsAre("gcc", "a.c", "b c.c", "-lm"));
}

TEST(Placeholder, ReplacesATextInsideAnElement) {
  Filling filling;
  filling.entry = "x.R";
  filling.memory_mb = 256;
  filling.stack_kb = 8192;
  EXPECT_THAT(expand({"--file={entry}", "-Xmx{memory_mb}m-{stack_kb}k"}, filling),
              ElementsAre("--file=x.R", "-Xmx256m-8192k"));
}

TEST(Placeholder, DoesNotExpandInsertedText) {
  Filling filling;
  filling.sources = {"{options}", "{entry}.c"};
  filling.options = {"-O2"};
  filling.entry = "{main_class}";
  EXPECT_THAT(expand({"{sources}", "{entry}"}, filling),
              ElementsAre("{options}", "{entry}.c", "{main_class}"));
}

TEST(Placeholder, ReportsEachProblem) {
  EXPECT_EQ(placeholder_problem("{entry}{entry_stem}.js", Step::Run), std::nullopt);
  EXPECT_THAT(*placeholder_problem("{nonsense}", Step::Run),
              HasSubstr("unknown placeholder {nonsense}"));
  EXPECT_THAT(*placeholder_problem("-o{sources}", Step::Compile),
              HasSubstr("{sources} must be an element of its own"));
  EXPECT_THAT(*placeholder_problem("{memory_mb}", Step::Compile), HasSubstr("{memory_mb}"));
  EXPECT_THAT(*placeholder_problem("{options}", Step::Run), HasSubstr("{options}"));
  for (const char* element : {"{entry", "entry}", "{entry{entry}}", "{"}) {
    EXPECT_THAT(*placeholder_problem(element, Step::Run), HasSubstr("brace")) << element;
  }
}

}  // namespace
}  // namespace evalx::language
