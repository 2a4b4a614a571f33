#include "config/value.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/keys.hpp"
#include "config/read.hpp"

namespace evalx::config {
namespace {

using ::testing::HasSubstr;

/// The base64 of 24 and of 32 bytes.
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLLsw";
constexpr const char* kOtherSecret = "whsec_c2VjcmV0IG51bWJlciB0d28sIDMyIGJ5dGVzIGxvbmc=";

Result<Settings> of_file(const std::string& text) {
  return read_settings({Sources::File{"evalx.toml", text}, {}, {}}, {});
}
Result<Settings> of_variable(const std::string& text) {
  return read_settings({{}, {{"EVALX_WEBHOOK_SECRETS", text}}, {}}, {});
}
Result<Settings> of_flag(const std::string& text) {
  return read_settings({{}, {}, {{"webhook_secrets", text}}}, {});
}

TEST(SecretSettings, AreOneOrTwoSecretsOrNone) {
  EXPECT_TRUE(Settings{}.webhook_secrets.empty());
  EXPECT_TRUE(of_variable("").value().webhook_secrets.empty()) << "as Docker's files set it";
  EXPECT_EQ(of_variable(kSecret).value().webhook_secrets, std::vector<std::string>{kSecret});
  const std::string both = std::string{kSecret} + ", " + kOtherSecret;
  EXPECT_EQ(of_file("webhook_secrets = \"" + both + "\"").value().webhook_secrets,
            (std::vector<std::string>{kSecret, kOtherSecret}));
}

TEST(SecretSettings, AreNeverShown) {
  const Key& key = *find_key("webhook_secrets");
  EXPECT_EQ(key.show({}), "not set");
  EXPECT_EQ(key.show(of_flag(kSecret).value()), "set");
}

TEST(SecretSettings, AreForTheRolesThatServeClients) {
  for (const char* name : {"webhook_secrets", "allow_private_callbacks"}) {
    const Roles roles = find_key(name)->used_by;
    EXPECT_TRUE(roles.contains(Role::Serve) && roles.contains(Role::Api)) << name;
    EXPECT_FALSE(roles.contains(Role::Worker) || roles.contains(Role::Operator)) << name;
  }
  EXPECT_FALSE(Settings{}.allow_private_callbacks);
  EXPECT_TRUE(of_file("allow_private_callbacks = true").value().allow_private_callbacks);
}

TEST(SecretSettings, AreRefusedWithoutBeingRepeated) {
  const std::string key{std::string_view{kSecret}.substr(6)};
  const std::pair<std::string, const char*> cases[] = {
      {key, "secret 1 does not begin with whsec_"},
      {"WHSEC_" + key, "secret 1 does not begin with whsec_"},
      {"whsec_" + key + "=", "secret 1 is no base64"},
      {"whsec_" + key.substr(1), "secret 1 is no base64"},
      {"whsec_" + key.substr(4), "secret 1 is too short"},
      {"whsec_" + key + key + key, "secret 1 is too long"},
      {std::string{kSecret} + "," + key, "secret 2 does not begin with whsec_"},
      {std::string{kSecret} + "," + kSecret + "," + kSecret, "these are more than two"}};
  for (const auto& [text, words] : cases) {
    for (const auto& result :
         {of_flag(text), of_variable(text), of_file("webhook_secrets = '" + text + "'"),
          of_file("webhook_secrets = " + text), of_file("webhook_secrets = ['" + text + "']"),
          of_file("webhook_secrets = '" + text), of_file("webhook_secrets '" + text + "'")}) {
      ASSERT_FALSE(result) << text;
      EXPECT_EQ(result.error().what.find(key.substr(4, 8)), std::string::npos)
          << result.error().what;
    }
    EXPECT_THAT(of_flag(text).error().what, HasSubstr(words));
  }
}

}  // namespace
}  // namespace evalx::config
