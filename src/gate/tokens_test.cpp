#include "gate/tokens.hpp"

#include <gtest/gtest.h>

#include <set>

namespace evalx::gate {
namespace {

TEST(Tokens, AreFoundByTheirSecretAlone) {
  const std::string first = new_secret();
  const std::string second = new_secret();
  const TokenList list{{"a", sha256(first), {Scope::Read}}, {"b", sha256(second), {Scope::Submit}}};
  EXPECT_EQ(find_token(list, first)->name, "a");
  EXPECT_EQ(find_token(list, second)->name, "b");
  for (const std::string& wrong :
       {std::string{}, first.substr(1), first + "0", to_hex(sha256(first))})
    EXPECT_EQ(find_token(list, wrong), nullptr) << wrong;
  EXPECT_EQ(find_token({}, first), nullptr);
}

TEST(Tokens, HaveSecretsOf256RandomBits) {
  std::set<std::string> secrets;
  for (int i = 0; i < 100; ++i) secrets.insert(new_secret());
  EXPECT_EQ(secrets.size(), 100U);
  EXPECT_EQ(secrets.begin()->size(), std::string_view{"evalx_"}.size() + 64);
}

TEST(Tokens, AreReplacedWhileAnOlderListIsInUse) {
  Tokens tokens;
  EXPECT_TRUE(tokens.list()->empty());
  tokens.replace({{"a", {}, {Scope::Read}}});
  const auto in_use = tokens.list();
  tokens.replace({});
  EXPECT_EQ(in_use->size(), 1U);
  EXPECT_TRUE(tokens.list()->empty());
}

TEST(Tokens, AdminAllowsEverythingAndOtherScopesAllowThemselves) {
  for (const Scope scope : all_scopes()) {
    EXPECT_TRUE(Scopes{Scope::Admin}.allow(scope));
    EXPECT_FALSE(Scopes{}.allow(scope));
    EXPECT_EQ(Scopes{Scope::Read}.allow(scope), scope == Scope::Read);
  }
}

TEST(Tokens, HaveNamesOfLettersDigitsAndMarks) {
  for (const char* good : {"alice", "ci-2", "A.b_c", "7"}) EXPECT_TRUE(is_token_name(good)) << good;
  for (const char* bad : {"", "-a", ".a", "a b", "a:b", "a\n", "ä", "a/b", "\"a\""})
    EXPECT_FALSE(is_token_name(bad)) << bad;
  EXPECT_TRUE(is_token_name(std::string(kTokenNameBytesMax, 'a')));
  EXPECT_FALSE(is_token_name(std::string(kTokenNameBytesMax + 1, 'a')));
}

}  // namespace
}  // namespace evalx::gate
