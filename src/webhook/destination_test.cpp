// Tests of URLs of callbacks: their normal form, and the words for those that are refused.
#include "webhook/destination.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evalx::webhook {
namespace {

using http::client::Scheme;
using testing::HasSubstr;

/// The normal form, or the error's words.
std::string read(std::string_view text, Reach reach = Reach::Public) {
  const auto destination = parse_destination(text, reach);
  return destination ? destination->text : words_of(destination.error());
}

TEST(Destination, HasTheParts) {
  const auto destination = parse_destination("https://Hooks.Example:8443/a%20b?c=d", Reach::Public);
  ASSERT_TRUE(destination);
  EXPECT_EQ(destination->url.scheme, Scheme::Https);
  EXPECT_EQ(destination->url.host, "hooks.example");
  EXPECT_EQ(destination->url.port, 8443);
  EXPECT_EQ(destination->url.target, "/a%20b?c=d");
  EXPECT_EQ(destination->text, "https://hooks.example:8443/a%20b?c=d");
}

TEST(Destination, IsNormalised) {
  EXPECT_EQ(read("HTTPS://A.Example"), "https://a.example/");
  EXPECT_EQ(read("https://a.example:443/"), "https://a.example/");
  EXPECT_EQ(read("http://a.example:080/"), "http://a.example/");
  EXPECT_EQ(read("https://a.example:/x"), "https://a.example/x");
  EXPECT_EQ(read("https://a.example./x"), "https://a.example/x");
  EXPECT_EQ(read("https://a.example?x"), "https://a.example/?x");
  EXPECT_EQ(read("http://8.8.8.8/x"), "http://8.8.8.8/x");
  EXPECT_EQ(read("http://[2600:0:0::1]:8080/"), "http://[2600::1]:8080/");
  EXPECT_EQ(read("https://xn--bcher-kva.example/"), "https://xn--bcher-kva.example/");
  EXPECT_EQ(read("https://a_b.example/"), "https://a_b.example/");
}

TEST(Destination, MustBeAUrl) {
  for (const char* const text : {"", "a", "/a", "//a.example/", "a.example/b", "https:", "https:/a",
                                 "https://[::1", "https://a.example:x/"}) {
    EXPECT_THAT(read(text), HasSubstr("must be an absolute URL")) << text;
  }
  EXPECT_EQ(read("https:///a"), "must have a host");
  EXPECT_EQ(read("https://:80/"), "must have a host");
  EXPECT_THAT(read("https://a.example/a b"), HasSubstr("no spaces"));
  EXPECT_THAT(read("https://a.example/\r\nX: y"), HasSubstr("control characters"));
  EXPECT_THAT(read(std::string_view{"https://a.example/\0", 19}), HasSubstr("control characters"));
  EXPECT_THAT(read("https://a.example\\@b.example/"), HasSubstr("backslash"));
  EXPECT_THAT(read("https://a.example/" + std::string(2048, 'x')), HasSubstr("at most 2048"));
}

TEST(Destination, MustBeOfTheWeb) {
  for (const char* const text : {"ftp://a.example/", "file://a.example/etc", "gopher://a.example/",
                                 "ws://a.example/", "httpx://a.example/"}) {
    EXPECT_EQ(read(text), "must begin with https:// or http://") << text;
  }
}

TEST(Destination, MustNotHaveAUserOrAFragment) {
  for (const char* const text : {"https://user@a.example/", "https://user:word@a.example/",
                                 "https://@a.example/", "https://8.8.8.8:80@127.0.0.1/"}) {
    EXPECT_EQ(read(text), "must not have a user name or a password") << text;
  }
  EXPECT_EQ(read("https://a.example/#b"), "must not have a fragment (#)");
}

TEST(Destination, MustHaveAnAllowedPort) {
  EXPECT_EQ(read("https://a.example:22/"),
            "must have another port: port 22 is not allowed: use 80, 443, or one from 1024 on");
  EXPECT_THAT(read("https://a.example:0/"), HasSubstr("port 0 does not exist"));
  EXPECT_THAT(read("https://a.example:65536/"), HasSubstr("does not exist"));
  EXPECT_THAT(read("https://a.example:4294967376/"), HasSubstr("does not exist"));
  EXPECT_THAT(read("https://a.example:6667/", Reach::Private), HasSubstr("the port of IRC"));
}

TEST(Destination, MustNotHideItsHost) {
  EXPECT_EQ(read("https://%6cocalhost/"), "must not have a percent sign in its host");
  EXPECT_EQ(read("https://127.0.0.1%2f@a.example/"), "must not have a user name or a password");
  EXPECT_THAT(read("https://b\xC3\xBC"
                   "cher.example/"),
              HasSubstr("must be ASCII"));
  EXPECT_THAT(read("https://\xE2\x91\xA0\xE2\x91\xA1\xE2\x91\xA6.0.0.1/"),
              HasSubstr("must be ASCII"));
  EXPECT_THAT(read("https://a!b.example/"), HasSubstr("letters, digits, dots"));
  EXPECT_THAT(read("https://[v1.a]/"), HasSubstr("a name or an address"));
  EXPECT_THAT(read("https://[fe80::1%25eth0]/"), HasSubstr("zone"));
  EXPECT_THAT(read("https://a..example/"), HasSubstr("1 to 63 characters"));
  EXPECT_THAT(read("https://a.example../"), HasSubstr("1 to 63 characters"));
  EXPECT_THAT(read("https://./"), HasSubstr("1 to 63 characters"));
  EXPECT_THAT(read("https://" + std::string(64, 'a') + ".example/"), HasSubstr("1 to 63"));
}

TEST(Destination, MustNotWriteAnIpv4AddressInOddWays) {
  for (const char* const host :
       {"2130706433", "0x7f.1", "0x7f000001", "0x7F.0.0.1", "0177.0.0.1", "127.1", "127.0.1",
        "127.0.0.1.", "8.8.8.8.", "8.8.8.08", "256.0.0.1", "1.2.3.4.5", "a.0x", "1.2.3.0x4"}) {
    EXPECT_EQ(read("https://" + std::string{host} + "/"),
              "must have its IPv4 address as four decimal numbers, without a dot at the end")
        << host;
    EXPECT_FALSE(parse_destination("https://" + std::string{host} + "/", Reach::Private)) << host;
  }
}

TEST(Destination, MustBePublic) {
  EXPECT_EQ(read("http://127.0.0.1/"),
            "must be public: 127.0.0.1 is a loopback address (127.0.0.0/8)");
  for (const char* const host :
       {"10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:a00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fd00:ec2::254]",
        "localhost", "LOCALHOST", "localhost.", "a.localhost", "printer.local", "redis", "redis.",
        "metadata.google.internal", "nas.home.arpa"}) {
    const std::string url = "http://" + std::string{host} + "/";
    EXPECT_THAT(read(url), HasSubstr("must be public")) << host;
    EXPECT_TRUE(parse_destination(url, Reach::Private)) << host;
  }
  EXPECT_THAT(read("http://0.0.0.0/", Reach::Private), HasSubstr("must be public"));
  EXPECT_EQ(read("https://mylocalhost.example/"), "https://mylocalhost.example/");
  EXPECT_EQ(read("https://local.example/"), "https://local.example/");
}

}  // namespace
}  // namespace evalx::webhook
