// Tests of calls over TLS: which certificates are accepted, and the words for those that are not.
#include "http/client/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "http/client/test_call.hpp"
#include "http/client/test_peer.hpp"

namespace evalx::http::client {
namespace {

using testing::HasSubstr;
using std::chrono_literals::operator""h;

class TlsCalls : public testing::Test {
 protected:
  /// The outcome of a call to `host`, at a server with this certificate.
  Outcome call(TestCertificate certificate, std::string host = "hooks.example") {
    const TestPeer peer{[this](PeerConnection& connection) {
                          server_name_ = connection.server_name();
                          connection.read_request();
                          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                        },
                        std::move(certificate)};
    return call_port(peer.port(), std::move(host));
  }
  Outcome call_port(std::uint16_t port, std::string host = "hooks.example") {
    return run(
        client_.send(call_to(Scheme::Https, port, std::move(host)), any_address, limits_, {}));
  }
  void expect_refused(const Outcome& outcome, const std::string& words) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, FailureKind::CertificateRefused);
    EXPECT_EQ(outcome.error().words, words);
  }

  TestAuthority authority_;
  FixedResolver resolver_{{{"127.0.0.1"}}};
  std::unique_ptr<Tls> tls_ = *Tls::with_certificates_of(authority_.file());
  Client client_{resolver_, *tls_};
  CallLimits limits_;
  std::string server_name_;
};

TEST_F(TlsCalls, AcceptACertificateOfATrustedAuthorityForTheName) {
  const Outcome outcome = call(authority_.issue({}));
  ASSERT_TRUE(outcome) << outcome.error().words;
  EXPECT_EQ(outcome->body, "ok");
  EXPECT_EQ(outcome->body_end, BodyEnd::Whole);
  EXPECT_EQ(server_name_, "hooks.example");
}

TEST_F(TlsCalls, AcceptACertificateForTheAddressAndSendNoServerName) {
  EXPECT_TRUE(call(authority_.issue({.names = "IP:127.0.0.1"}), "127.0.0.1"));
  EXPECT_EQ(server_name_, "");
  expect_refused(call(authority_.issue({.names = "IP:127.0.0.2"}), "127.0.0.1"),
                 "the certificate of 127.0.0.1 is for another name");
}

TEST_F(TlsCalls, AcceptAWildcardForOneLabelOnly) {
  const TestCertificate wild = authority_.issue({.names = "DNS:*.hooks.example"});
  EXPECT_TRUE(call(wild, "a.hooks.example"));
  expect_refused(call(wild, "a.b.hooks.example"),
                 "the certificate of a.b.hooks.example is for another name");
  expect_refused(call(wild), "the certificate of hooks.example is for another name");
}

TEST_F(TlsCalls, RefuseACertificateForAnotherName) {
  expect_refused(call(authority_.issue({.names = "DNS:other.example"})),
                 "the certificate of hooks.example is for another name");
}

TEST_F(TlsCalls, RefuseACertificateOutsideOfItsTime) {
  expect_refused(call(authority_.issue({.begins = -48h, .ends = -24h})),
                 "the certificate of hooks.example has expired");
  expect_refused(call(authority_.issue({.begins = 24h, .ends = 48h})),
                 "the certificate of hooks.example is not valid yet");
}

TEST_F(TlsCalls, RefuseASelfSignedCertificate) {
  expect_refused(call(TestAuthority::self_signed({})),
                 "the certificate of hooks.example is self-signed and not trusted");
}

TEST_F(TlsCalls, RefuseACertificateOfAnUnknownAuthority) {
  const TestAuthority other;
  const Outcome outcome = call(other.issue({}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, FailureKind::CertificateRefused);
  EXPECT_THAT(outcome.error().words, HasSubstr("comes from an authority that is not trusted"));
}

TEST_F(TlsCalls, TrustNoTestAuthorityWithTheSystemsCertificates) {
  const auto system = *Tls::with_system_certificates();
  Client client{resolver_, *system};
  const TestPeer peer{[](PeerConnection&) {}, authority_.issue({})};
  const Outcome outcome =
      run(client.send(call_to(Scheme::Https, peer.port()), any_address, limits_, {}));
  EXPECT_EQ(outcome.error().kind, FailureKind::CertificateRefused);
}

TEST_F(TlsCalls, ReportAServerThatDoesNotSpeakTls) {
  const TestPeer peer{[](PeerConnection& connection) {
    connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    connection.wait_closed();
  }};
  const Outcome outcome = call_port(peer.port());
  EXPECT_EQ(outcome.error().kind, FailureKind::TlsFailed);
  EXPECT_EQ(outcome.error().words, "hooks.example does not speak TLS on this port");
}

TEST_F(TlsCalls, EndInTimeWhenTheServerHangsInTheHandshake) {
  limits_.handshake_time = Milliseconds{30};
  const TestPeer peer{[](PeerConnection& connection) { connection.wait_closed(); }};
  const Outcome outcome = call_port(peer.port());
  EXPECT_EQ(outcome.error().kind, FailureKind::Timeout);
  EXPECT_EQ(outcome.error().words,
            "no TLS handshake with hooks.example:" + std::to_string(peer.port()) + " within 30 ms");
}

TEST_F(TlsCalls, ReportACloseInTheHandshake) {
  const TestPeer peer{[](PeerConnection&) {}};
  EXPECT_EQ(call_port(peer.port()).error().kind, FailureKind::TlsFailed);
}

TEST_F(TlsCalls, DoNotTakeATruncatedBodyForAWholeOne) {
  // No length, and no close_notify: an attacker may have cut the connection.
  const TestPeer peer{[](PeerConnection& connection) {
                        connection.read_request();
                        connection.send("HTTP/1.1 200 OK\r\n\r\nhalf");
                        connection.omit_goodbye();
                      },
                      authority_.issue({})};
  const Outcome outcome = call_port(peer.port());
  ASSERT_TRUE(outcome) << outcome.error().words;
  EXPECT_EQ(outcome->body_end, BodyEnd::Lost);
}

TEST(Tls, NamesTheFileOfCertificatesThatItCannotRead) {
  const auto tls = Tls::with_certificates_of("/nonexistent/ca.pem");
  ASSERT_FALSE(tls);
  EXPECT_THAT(words_of(tls.error()), HasSubstr("/nonexistent/ca.pem"));
}

TEST(SystemCertificates, AreLookedForWhereOpenSslDoes) {
  const TestAuthority authority;
  ::setenv("SSL_CERT_FILE", "/nowhere", 1);
  ::setenv("SSL_CERT_DIR", "/nowhere:/nowhere/else", 1);
  EXPECT_FALSE(Tls::has_system_certificates());
  EXPECT_TRUE(Tls::with_system_certificates()) << "http:// needs none";
  ::setenv("SSL_CERT_DIR", "/nowhere:/etc", 1);
  EXPECT_TRUE(Tls::has_system_certificates());
  ::unsetenv("SSL_CERT_DIR");
  ::setenv("SSL_CERT_FILE", authority.file().c_str(), 1);
  EXPECT_TRUE(Tls::has_system_certificates());
  ::unsetenv("SSL_CERT_FILE");
}

}  // namespace
}  // namespace evalx::http::client
