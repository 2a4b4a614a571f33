#include "base/log.hpp"

#include <gtest/gtest.h>

namespace evalx::log {
namespace {

TEST(LogText, ShowsWordsAndNumbersAsTheyAre) {
  EXPECT_EQ(text_line("a job is done", {{"token", "5e0a-1"}, {"tests", 3}, {"ms", 1.5}}),
            "a job is done  token=5e0a-1  tests=3  ms=1.5");
}

TEST(LogText, QuotesWhatCouldControlTheTerminal) {
  EXPECT_EQ(text_line("m", {{"a", "two words"}, {"b", "\x1b[31m"}, {"c", ""}, {"d", "x\ny"}}),
            R"(m  a="two words"  b="\u001b[31m"  c=""  d="x\ny")");
}

}  // namespace
}  // namespace evalx::log
