#include "gate/names.hpp"

#include <gtest/gtest.h>

namespace evalx::gate {
namespace {

std::string kind_of(const std::optional<Host>& host) {
  if (!host) return "malformed";
  return host->kind == HostKind::Loopback  ? "loopback"
         : host->kind == HostKind::Address ? "address"
                                           : host->name;
}

TEST(Names, DistinguishLoopbackAddressesAndNames) {
  const std::pair<const char*, const char*> cases[] = {
      {"localhost", "loopback"},
      {"LocalHost:2358", "loopback"},
      {"localhost.", "loopback"},
      {"app.localhost:1", "loopback"},
      {"127.0.0.1:2358", "loopback"},
      {"127.9.9.9", "loopback"},
      {"[::1]:2358", "loopback"},
      {"[::ffff:127.0.0.1]", "loopback"},
      {"192.168.1.5:80", "address"},
      {"0.0.0.0", "address"},
      {"[fd00::1]", "address"},
      {"[::ffff:10.0.0.1]", "address"},
      {"worker:2359", "worker"},
      {"Evil.Example", "evil.example"},
      {"localhost.evil.example", "localhost.evil.example"},
      {"notlocalhost", "notlocalhost"},
      // Boost.URL 1.81 reads no name that begins with an address: it is refused as well.
      {"127.0.0.1.evil.example", "malformed"},
      {"2130706433", "2130706433"},
      {"0x7f.1", "0x7f.1"},
      {"", "malformed"},
      {":2358", "malformed"},
      {"localhost:port", "malformed"},
      {"localhost/x", "malformed"},
      {"user@localhost", "malformed"},
      {"[::1", "malformed"},
      {"a b", "malformed"},
  };
  for (const auto& [text, kind] : cases) EXPECT_EQ(kind_of(parse_host(text)), kind) << text;
}

TEST(Names, ReadTheHostOfAnOrigin) {
  const std::pair<const char*, const char*> cases[] = {
      {"http://localhost:3000", "loopback"},
      {"https://[::1]", "loopback"},
      {"http://10.0.0.7", "address"},
      {"https://evil.example:8443", "evil.example"},
      {"chrome-extension://abc", "abc"},
      {"null", "malformed"},
      {"", "malformed"},
      {"localhost", "malformed"},
      {"http://localhost/path", "malformed"},
      {"http://u@localhost", "malformed"},
      {"://localhost", "malformed"},
      {"http://localhost?x", "malformed"},
      {"http://", "malformed"},
      {"file://", "malformed"},
  };
  for (const auto& [text, kind] : cases) EXPECT_EQ(kind_of(host_of_origin(text)), kind) << text;
}

TEST(Names, KnowTheAddressesOfLoopback) {
  for (const char* address : {"127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(is_loopback_address(address)) << address;
  for (const char* address : {"0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1", "localhost", ""})
    EXPECT_FALSE(is_loopback_address(address)) << address;
}

}  // namespace
}  // namespace evalx::gate
