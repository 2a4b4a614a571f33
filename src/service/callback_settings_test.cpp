#include "service/callback_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/v1/openapi.hpp"
#include "base/strict_json.hpp"
#include "config/read.hpp"
#include "webhook/signature.hpp"

namespace evalx::service {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLLsw";

config::Settings enabled() {
  config::Settings settings;
  settings.webhook_secrets = {kSecret};
  return settings;
}

std::string complaint(const api::v1::CallbackCheck& check, std::string_view url) {
  const auto checked = check(url);
  return checked ? "accepted" : checked.error().what;
}

TEST(CallbackSettings, AreOffWithoutASecret) {
  EXPECT_FALSE(callback_check({}));
  EXPECT_FALSE(callback_facts({}).enabled);
  EXPECT_TRUE(callback_check(enabled()));
  EXPECT_TRUE(callback_facts(enabled()).enabled);
}

TEST(CallbackSettings, AcceptPublicDestinationsAndGiveThemALane) {
  const auto request = callback_check(enabled())("HTTPS://Hooks.Example/done?id=1");
  ASSERT_TRUE(request) << request.error().what;
  EXPECT_EQ(request->lane, "https://hooks.example:443");
  EXPECT_THAT(request->target, HasSubstr("https://hooks.example/done?id=1"));
}

TEST(CallbackSettings, AllowPrivateAddressesOnlyIfConfigured) {
  config::Settings settings = enabled();
  for (const char* url : {"http://127.0.0.1:8080/", "http://localhost:8080/", "http://10.0.0.1/"})
    EXPECT_THAT(complaint(callback_check(settings), url), HasSubstr("must be public")) << url;
  settings.allow_private_callbacks = true;
  const auto check = callback_check(settings);
  for (const char* url : {"http://127.0.0.1:8080/", "http://localhost:8080/", "http://10.0.0.1/"})
    EXPECT_EQ(complaint(check, url), "accepted") << url;
  EXPECT_THAT(complaint(check, "http://127.0.0.1:22/"), HasSubstr("port"));
}

/// Two rooms check the same form, because neither may use the other.
TEST(CallbackSettings, ASecretIsAcceptedByTheConfigurationIfItCanSign) {
  const std::string key = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLLsw";  // 24 bytes.
  const std::string bytes_63 = key + key + std::string(20, 'A');
  const std::pair<std::string, bool> cases[] = {{"whsec_" + key, true},
                                                {"whsec_" + bytes_63 + "AA==", true},
                                                {"whsec_" + bytes_63 + "AAA=", false},
                                                {"whsec_" + key.substr(4), false},
                                                {"whsec_" + key + "=", false},
                                                {"whsec_" + key + "AB==", false},
                                                {"whsec_" + key.substr(1) + "-", false},
                                                {"WHSEC_" + key, false},
                                                {key, false},
                                                {"whsec_", false}};
  for (const auto& [text, is_good] : cases) {
    const config::Sources sources{
        .file = {}, .environment = {}, .flags = {{"webhook_secrets", text}}};
    EXPECT_EQ(config::read_settings(sources, {}).has_value(), is_good) << text;
    EXPECT_EQ(webhook::SigningSecrets::parse({text}).has_value(), is_good) << text;
  }
}

TEST(CallbackSettings, HaveTheBoundsOfTheContract) {
  const auto document = parse_strict(api::v1::openapi_json()).value();
  const auto& schemas = document.at("components").at("schemas");
  const auto& url = schemas.at("NewSubmission").at("properties").at("callback_url");
  const api::v1::CallbackFacts facts = callback_facts(enabled());
  EXPECT_EQ(url.at("maxLength").to_number<std::uint64_t>(), facts.url_bytes_max);
  const auto& example = document.at("paths")
                            .at("/v1/capabilities")
                            .at("get")
                            .at("responses")
                            .at("200")
                            .at("content")
                            .at("application/json")
                            .at("example")
                            .at("callbacks");
  const auto shown = [&example](const char* name) {
    return example.at(name).to_number<std::uint64_t>();
  };
  EXPECT_EQ(shown("attempts_max"), facts.attempts_max);
  EXPECT_EQ(shown("url_bytes_max"), facts.url_bytes_max);
  EXPECT_EQ(shown("connect_seconds_max"), static_cast<std::uint64_t>(facts.connect_max.count()));
  EXPECT_EQ(shown("answer_seconds_max"), static_cast<std::uint64_t>(facts.answer_max.count()));
  EXPECT_EQ(shown("total_seconds_max"), static_cast<std::uint64_t>(facts.total_max.count()));
}

}  // namespace
}  // namespace evalx::service
