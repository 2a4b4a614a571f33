#include "base/strict_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace evalx {
namespace {

std::string path_of_error(std::string_view text) {
  const auto parsed = parse_strict(text);
  return parsed ? "accepted" : parsed.error().path;
}

TEST(StrictJson, ReturnsAValidDocument) {
  const auto parsed = parse_strict(R"({"a":[1,{"b":"x"}],"c":null})");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(boost::json::serialize(*parsed), R"({"a":[1,{"b":"x"}],"c":null})");
}

TEST(StrictJson, ReportsThePathOfADuplicateKey) {
  EXPECT_EQ(path_of_error(R"({"tests":[{},{"stdin":"a","stdin":"b"}]})"), "tests[1].stdin");
  EXPECT_EQ(path_of_error(R"({"a":1,"\u0061":2})"), "a");
  EXPECT_EQ(path_of_error(R"([{"a":1},{"a":1}])"), "accepted");
}

TEST(StrictJson, RefusesDeepNestingWithoutUsingTheStack) {
  const auto parsed = parse_strict(std::string(100000, '['));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "nested too deeply");
}

TEST(StrictJson, RefusesBadUtf8TrailingBytesCommentsAndIncompleteDocuments) {
  for (const char* text :
       {"\"\xC0\xAF\"", "{} x", "{}{}", "// c\n{}", "{", "", "[1,]", "\xEF\xBB\xBF{}"}) {
    EXPECT_FALSE(parse_strict(text)) << text;
  }
}

TEST(StrictJson, RefusesNumbersThatADoubleCannotHold) {
  EXPECT_EQ(path_of_error(R"({"limits":{"cpu_time_ms":1e309}})"), "limits.cpu_time_ms");
  EXPECT_EQ(path_of_error("[-1e309]"), "[0]");
  EXPECT_EQ(path_of_error("[1e308,1e-400,123456789012345678901234567890]"), "accepted");
}

TEST(StrictJson, LimitsTheNumberOfValues) {
  EXPECT_FALSE(parse_strict("[1,2,3]", {.values = 3}));
  EXPECT_TRUE(parse_strict("[1,2,3]", {.values = 4}));
}

}  // namespace
}  // namespace evalx
