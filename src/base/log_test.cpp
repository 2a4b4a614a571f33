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

TEST(LogText, EscapesCharactersThatTerminalsObeyOrThatReorderALine) {
  EXPECT_EQ(text_line("m", {{"csi",
                             "\xc2\x9b"
                             "31m"},
                            {"reorders", "a\u202eb\u2028"},
                            {"byte", "\x9b"}}),
            R"(m  csi="\u009b31m"  reorders="a\u202eb\u2028"  byte="\ufffd")");
  EXPECT_EQ(text_line("m", {{"name", "\u00fcber \u4e16"}}), "m  name=\"\u00fcber \u4e16\"");
}

TEST(LogJson, IsReadByAParserAndByAPerson) {
  EXPECT_EQ(json_members("a \"job\"",
                         {{"ms", 318.917}, {"tests", 3}, {"host", "\xff\n\u0085"}, {"half", 0.0}}),
            R"("message":"a \"job\"","ms":318.917,"tests":3,"host":"\ufffd\n\u0085","half":0)");
}

}  // namespace
}  // namespace evalx::log
