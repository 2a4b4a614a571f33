// Tests of whole attempts over TLS: what the receiver sees, and that a private one sees nothing.
#include "webhook/attempt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client/test_call.hpp"
#include "http/client/test_peer.hpp"

namespace evalx::webhook {
namespace {

using http::client::FixedResolver;
using http::client::PeerConnection;
using http::client::TestPeer;
using testing::HasSubstr;

class FixedClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return {}; }
  [[nodiscard]] WallInstant wall_now() const override {
    return std::chrono::system_clock::from_time_t(1614265330);
  }
};

class Attempt : public testing::Test {
 protected:
  Decision send(Reach reach, const std::string& url,
                const std::string& body = R"({"test": 2432232314})") {
    Sender sender{client_, clock_, secrets_, reach};
    Webhook webhook{*parse_destination(url, reach), "msg_p5jXN8AQM9LWM0D4loKWxJek", body};
    return http::client::run(sender.attempt(std::move(webhook), 1, {}, 0, {}));
  }
  static std::string url_of(const TestPeer& peer, const std::string& host = "hooks.example") {
    return "https://" + host + ":" + std::to_string(peer.port()) + "/done";
  }

  FixedClock clock_;
  SigningSecrets secrets_ = *SigningSecrets::parse({"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
  http::client::TestAuthority authority_;
  std::unique_ptr<http::client::Tls> tls_ =
      *http::client::Tls::with_certificates_of(authority_.file());
  FixedResolver resolver_{{{"127.0.0.1"}}};
  http::client::Client client_{resolver_, *tls_};
};

TEST_F(Attempt, DeliversASignedPost) {
  std::string request;
  const TestPeer peer{[&request](PeerConnection& connection) {
                        request = connection.read_request();
                        connection.send("HTTP/1.1 204 No Content\r\n\r\n");
                      },
                      authority_.issue({})};
  const Decision decision = send(Reach::Private, url_of(peer));
  EXPECT_EQ(decision.fate, Fate::Delivered) << decision.words;
  EXPECT_THAT(request, HasSubstr("POST /done HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nwebhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nwebhook-timestamp: 1614265330\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nwebhook-signature: "
                                 "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"test\": 2432232314}"));
}

TEST_F(Attempt, ReachesNoPrivateAddressBehindAPublicName) {
  const TestPeer peer{[](PeerConnection&) {}, authority_.issue({})};
  const Decision decision = send(Reach::Public, url_of(peer));
  EXPECT_EQ(decision.fate, Fate::Dead);
  EXPECT_EQ(decision.words, "hooks.example: 127.0.0.1 is a loopback address (127.0.0.0/8)");
  EXPECT_EQ(peer.accepted(), 0);
}

TEST_F(Attempt, ReachesNoPrivateAddressThatANameHasOnlyLater) {
  // The first lookup, for example of a check at submission, gives a public address.
  FixedResolver rebinding{{{"2600::1"}, {"127.0.0.1"}}};
  http::client::Client client{rebinding, *tls_};
  const TestPeer peer{[](PeerConnection&) {}, authority_.issue({})};
  ASSERT_TRUE(http::client::run(rebinding.resolve("hooks.example", Milliseconds{1}, {})));
  Sender sender{client, clock_, secrets_, Reach::Public};
  Webhook webhook{*parse_destination(url_of(peer), Reach::Public), "msg_a", "{}"};
  const Decision decision = http::client::run(sender.attempt(std::move(webhook), 1, {}, 0, {}));
  EXPECT_EQ(decision.fate, Fate::Dead);
  EXPECT_EQ(rebinding.lookups, 2U) << "one lookup for each attempt";
  EXPECT_EQ(peer.accepted(), 0);
}

TEST_F(Attempt, IsRetriedWithWordsAboutTheCertificate) {
  const TestPeer peer{[](PeerConnection&) {}, authority_.issue({.names = "DNS:other.example"})};
  const Decision decision = send(Reach::Private, url_of(peer));
  EXPECT_EQ(decision.fate, Fate::Retry);
  EXPECT_EQ(decision.words, "the certificate of hooks.example is for another name");
}

}  // namespace
}  // namespace evalx::webhook
