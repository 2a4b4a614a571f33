#include "gate/token_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evalx::gate {
namespace {

using testing::StartsWith;

const std::string kHash = "sha256:" + std::string(64, 'a');

std::string token(const std::string& name, const std::string& hash = kHash,
                  const std::string& scopes = "[\"read\"]") {
  return "[[token]]\nname = \"" + name + "\"\nhash = \"" + hash + "\"\nscopes = " + scopes + "\n";
}

std::string complaint(const std::string& text) {
  const auto list = parse_token_file(text, "tokens.toml");
  return list ? "" : list.error().what;
}

TEST(TokenFile, ReadsWhatIsWrittenForIt) {
  const std::string text = "# Our tokens.\n" +
                           table_of({"alice", sha256("a"), {Scope::Submit, Scope::Read}}) +
                           table_of({"root", sha256("b"), {Scope::Admin}}) +
                           table_of({"prometheus", sha256("c"), {Scope::Metrics}});
  const auto list = parse_token_file(text, "tokens.toml");
  ASSERT_TRUE(list) << list.error().what;
  ASSERT_EQ(list->size(), 3U);
  EXPECT_EQ(find_token(*list, "a")->name, "alice");
  EXPECT_TRUE(find_token(*list, "a")->scopes.allow(Scope::Read));
  EXPECT_FALSE(find_token(*list, "a")->scopes.allow(Scope::Metrics));
  EXPECT_TRUE(find_token(*list, "b")->scopes.allow(Scope::Submit));
  EXPECT_FALSE(find_token(*list, "c")->scopes.allow(Scope::Read));
  EXPECT_EQ(text.find("admin\", "), text.npos) << "admin alone is shorter";
}

TEST(TokenFile, MayBeEmpty) {
  EXPECT_TRUE(parse_token_file("", "tokens.toml")->empty());
}

TEST(TokenFile, NamesThePlaceAndTheRuleOfEachMistake) {
  EXPECT_THAT(complaint("x = \n"), StartsWith("tokens.toml:1: "));
  EXPECT_THAT(complaint("tokens = 1\n"), StartsWith("tokens.toml:1: tokens: must be [[token]]"));
  EXPECT_THAT(complaint("[token]\nname = \"a\"\n"), StartsWith("tokens.toml:1: token: must be"));
  EXPECT_THAT(complaint(token("a b")), StartsWith("tokens.toml:2: token.name: must be 1 to 64"));
  EXPECT_THAT(complaint(token("a", "sha256:12")), StartsWith("tokens.toml:3: token.hash: must be"));
  EXPECT_THAT(complaint(token("a", "evalx_secret")),
              StartsWith("tokens.toml:3: token.hash: must be \"sha256:\""));
  EXPECT_THAT(complaint(token("a", kHash, "[]")),
              StartsWith("tokens.toml:4: token.scopes: must list one or more of submit, read"));
  EXPECT_THAT(complaint(token("a", kHash, "[\"write\"]")),
              StartsWith("tokens.toml:4: token.scopes: must be of submit"));
  EXPECT_THAT(complaint(token("a", kHash, "\"read\"")), StartsWith("tokens.toml:4: token.scopes"));
  EXPECT_THAT(complaint(token("a") + "limit = 1\n"),
              StartsWith("tokens.toml:5: limit: unknown key"));
  EXPECT_THAT(complaint("[[token]]\n"), StartsWith("tokens.toml:1: token.name"));
  EXPECT_THAT(complaint(token("a") + token("a", "sha256:" + std::string(64, 'b'))),
              StartsWith("tokens.toml:5: token.name: a is there twice"));
  EXPECT_THAT(complaint(token("a") + token("b")),
              StartsWith("tokens.toml:5: token.hash is there twice"));
  EXPECT_THAT(complaint(std::string(kTokenFileMax.count + 1, '#')),
              StartsWith("tokens.toml: must be at most"));
}

TEST(TokenFile, ReadsScopesOfACommandLine) {
  EXPECT_TRUE(parse_scopes("submit,read")->allow(Scope::Read));
  EXPECT_FALSE(parse_scopes("submit,read")->allow(Scope::Metrics));
  for (const char* bad : {"", ",", "read,", "write", "read submit", "READ"})
    EXPECT_FALSE(parse_scopes(bad)) << bad;
}

}  // namespace
}  // namespace evalx::gate
