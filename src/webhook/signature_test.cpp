// Tests of signatures, against the example that the libraries of Standard Webhooks test.
#include "webhook/signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evalx::webhook {
namespace {

using testing::HasSubstr;

// From the tests of the reference libraries:
// https://github.com/standard-webhooks/standard-webhooks, libraries/javascript/src/webhook.test.ts
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::time_t kTime = 1614265330;
constexpr const char* kBody = R"({"test": 2432232314})";
constexpr const char* kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

// Signed by standardwebhooks 1.1.1 of npm: new Webhook(kOtherSecret).sign(kId, kTime, kBody).
constexpr const char* kOtherSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
constexpr const char* kOtherSignature = "v1,/485aUtxlie+TIScVpHggMfqOB4so2KWb7+Gf727B44=";

std::vector<http::Header> sign(const std::vector<std::string>& secrets) {
  const auto at = std::chrono::system_clock::from_time_t(kTime) + std::chrono::milliseconds{999};
  return SigningSecrets::parse(secrets)->sign(kId, at, kBody);
}

TEST(Signature, IsThatOfTheReferenceLibraries) {
  const auto fields = sign({kSecret});
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields[0].name, "webhook-id");
  EXPECT_EQ(fields[0].value, kId);
  EXPECT_EQ(fields[1].name, "webhook-timestamp");
  EXPECT_EQ(fields[1].value, "1614265330");
  EXPECT_EQ(fields[2].name, "webhook-signature");
  EXPECT_EQ(fields[2].value, kSignature);
}

TEST(Signature, IsMadeWithBothSecretsDuringARotation) {
  EXPECT_EQ(sign({kOtherSecret})[2].value, kOtherSignature);
  EXPECT_EQ(sign({kOtherSecret, kSecret})[2].value,
            std::string{kOtherSignature} + " " + kSignature);
}

TEST(Signature, DependsOnIdTimeAndBody) {
  const auto secrets = *SigningSecrets::parse({kSecret});
  const auto at = std::chrono::system_clock::from_time_t(kTime);
  EXPECT_EQ(secrets.sign(kId, at, kBody)[2].value, kSignature);
  EXPECT_NE(secrets.sign("msg_b", at, kBody)[2].value, kSignature);
  EXPECT_NE(secrets.sign(kId, at + std::chrono::seconds{1}, kBody)[2].value, kSignature);
  EXPECT_NE(secrets.sign(kId, at, "{}")[2].value, kSignature);
}

TEST(SigningSecrets, NameWhatIsWrongWithoutShowingTheSecret) {
  const auto words = [](const std::vector<std::string>& texts) {
    const auto secrets = SigningSecrets::parse(texts);
    return secrets ? "accepted" : words_of(secrets.error());
  };
  EXPECT_THAT(words({}), HasSubstr("one secret, or two"));
  EXPECT_THAT(words({kSecret, kSecret, kSecret}), HasSubstr("one secret, or two"));
  EXPECT_EQ(words({"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}), "must begin with \"whsec_\"");
  EXPECT_EQ(words({"whsec_not base64"}), "must be base64 after \"whsec_\"");
  EXPECT_EQ(words({"whsec_c2hvcnQ="}), "must have 24 to 64 bytes, in base64, after \"whsec_\"");
  EXPECT_THAT(words({"whsec_" + std::string(88, 'A')}), HasSubstr("24 to 64 bytes"));
  EXPECT_EQ(words({"whsec_" + std::string(84, 'A')}), "accepted");
}

}  // namespace
}  // namespace evalx::webhook
