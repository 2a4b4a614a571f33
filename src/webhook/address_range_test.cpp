// Tests of the ranges: each row of IANA's registries, both ends of it, and the neighbours outside.
#include "webhook/address_range.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evalx::webhook {
namespace {

bool is_refused(const char* address, Reach reach = Reach::Public) {
  return refusal_of(asio::ip::make_address(address), reach).has_value();
}

TEST(AddressRange, LetsPublicAddressesPass) {
  for (const char* const address : {"1.1.1.1",       "8.8.8.8",
                                    "9.255.255.255", "11.0.0.0",
                                    "93.184.216.34", "100.63.255.255",
                                    "100.128.0.0",   "126.255.255.255",
                                    "128.0.0.0",     "169.253.255.255",
                                    "169.255.0.0",   "172.15.255.255",
                                    "172.32.0.0",    "192.0.1.0",
                                    "192.0.3.0",     "192.167.255.255",
                                    "192.169.0.0",   "198.17.255.255",
                                    "198.20.0.0",    "223.255.255.255",
                                    "2600::1",       "2001:4860:4860::8888",
                                    "2001:200::1",   "2003::1",
                                    "2a00:1450::1",  "3ffe::1",
                                    "2001:db7::1"}) {
    EXPECT_FALSE(is_refused(address)) << address;
  }
}

TEST(AddressRange, RefusesBothEndsOfEachIpv4Range) {
  for (const char* const address :
       {"0.0.0.0",         "0.255.255.255",   "10.0.0.0",       "10.255.255.255",  "100.64.0.0",
        "100.127.255.255", "127.0.0.0",       "127.0.0.1",      "127.255.255.255", "169.254.0.0",
        "169.254.169.254", "169.254.255.255", "172.16.0.0",     "172.31.255.255",  "192.0.0.0",
        "192.0.0.255",     "192.0.2.0",       "192.0.2.255",    "192.88.99.1",     "192.168.0.0",
        "192.168.255.255", "198.18.0.0",      "198.19.255.255", "198.51.100.0",    "198.51.100.255",
        "203.0.113.0",     "203.0.113.255",   "224.0.0.0",      "239.255.255.255", "240.0.0.0",
        "255.255.255.255", "168.63.129.16"}) {
    EXPECT_TRUE(is_refused(address)) << address;
  }
}

TEST(AddressRange, RefusesSpecialIpv6Addresses) {
  for (const char* const address : {"::",
                                    "::1",
                                    "::7f00:1",
                                    "::ffff:127.0.0.1",
                                    "::ffff:8.8.8.8",
                                    "::ffff:0:127.0.0.1",
                                    "64:ff9b:1::1",
                                    "100::1",
                                    "100:0:0:1::1",
                                    "2001::1",
                                    "2001:0:4136:e378::1",
                                    "2001:2::1",
                                    "2001:10::1",
                                    "2001:1ff:ffff::1",
                                    "2001:db8::1",
                                    "2001:db8:ffff:ffff::1",
                                    "2002:7f00:1::1",
                                    "2002:808:808::1",
                                    "3fff::1",
                                    "3fff:fff::1",
                                    "5f00::1",
                                    "fc00::1",
                                    "fd00:ec2::254",
                                    "fdff:ffff::1",
                                    "fe80::1",
                                    "febf::1",
                                    "fec0::1",
                                    "feff::1",
                                    "ff02::1",
                                    "ffff::1"}) {
    EXPECT_TRUE(is_refused(address)) << address;
  }
}

TEST(AddressRange, RefusesWhatIsNotAllocated) {
  for (const char* const address : {"200::1", "1000::1", "1fff::1", "4000::1", "e000::1"}) {
    EXPECT_TRUE(is_refused(address)) << address;
  }
}

TEST(AddressRange, JudgesNat64ByTheIpv4AddressAtItsEnd) {
  EXPECT_FALSE(is_refused("64:ff9b::8.8.8.8"));
  EXPECT_EQ(refusal_of(asio::ip::make_address("64:ff9b::10.0.0.1"), Reach::Public),
            "64:ff9b::a00:1 leads to an IPv4 address: 10.0.0.1 is a private address (10.0.0.0/8)");
}

TEST(AddressRange, NamesTheRange) {
  EXPECT_EQ(refusal_of(asio::ip::make_address("127.0.0.1"), Reach::Public),
            "127.0.0.1 is a loopback address (127.0.0.0/8)");
  EXPECT_EQ(refusal_of(asio::ip::make_address("169.254.169.254"), Reach::Public),
            "169.254.169.254 is a cloud's metadata address (169.254.169.254/32)");
}

TEST(AddressRange, LetsPrivateAddressesPassWhereThatIsAllowed) {
  for (const char* const address : {"127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.1.1", "::1",
                                    "fd00::1", "fe80::1", "::ffff:10.0.0.1", "100.64.0.1"}) {
    EXPECT_FALSE(is_refused(address, Reach::Private)) << address;
  }
  for (const char* const address :
       {"0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "240.0.0.1", "ff02::1"}) {
    EXPECT_TRUE(is_refused(address, Reach::Private)) << address;
  }
}

}  // namespace
}  // namespace evalx::webhook
