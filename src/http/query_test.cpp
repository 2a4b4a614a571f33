#include "http/query.hpp"

#include <gtest/gtest.h>

namespace evalx::http {
namespace {

TEST(Query, DecodesNamesAndValues) {
  const auto query = Query::parse("a=1&b%20c=two+w%C3%B6rds&&flag&empty=&eq=x=y");
  ASSERT_TRUE(query);
  EXPECT_EQ(*query->find("a"), "1");
  EXPECT_EQ(*query->find("b c"), "two wörds");
  EXPECT_EQ(*query->find("flag"), "");
  EXPECT_EQ(*query->find("empty"), "");
  EXPECT_EQ(*query->find("eq"), "x=y");
  EXPECT_EQ(query->find("none"), nullptr);
  EXPECT_EQ(query->parameters().size(), 5U);
}

TEST(Query, ReportsTheParameterThatIsGivenTwice) {
  const auto query = Query::parse("wait=true&page=1&wait=false");
  ASSERT_FALSE(query);
  EXPECT_EQ(query.error().field, "wait");
  EXPECT_EQ(query.error().message, "is given more than once");
}

TEST(Query, ReportsTheParameterThatIsBadlyEncoded) {
  for (const char* text : {"a=1&wait=%zz", "wait=%", "wait=%4", "wait=%ff", "wait=a%00b"}) {
    const auto query = Query::parse(text);
    ASSERT_FALSE(query) << text;
    EXPECT_EQ(query.error().field, "wait") << text;
  }
  EXPECT_EQ(Query::parse("a%zz=1").error().field, "a%zz");
}

TEST(Query, RefusesTooManyParameters) {
  std::string text;
  for (std::size_t i = 0; i < Query::kParametersMax; ++i) text += "p" + std::to_string(i) + "=1&";
  EXPECT_TRUE(Query::parse(text));
  EXPECT_FALSE(Query::parse(text + "more=1"));
}

TEST(Query, KeepsThePlusOfAPathSegment) {
  EXPECT_EQ(decode_segment("a+b%2Fc"), "a+b/c");
  EXPECT_EQ(decode_segment("%"), std::nullopt);
}

}  // namespace
}  // namespace evalx::http
