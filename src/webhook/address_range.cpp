#include "webhook/address_range.hpp"

#include <array>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <string_view>

namespace evalx::webhook {
namespace {

/// Which setting lets an address of a range be called.
enum class Opens { WithPrivate, Never };

struct Range {
  std::string_view prefix;
  std::string_view meaning;  ///< Continues "10.0.0.1 is".
  Opens opens = Opens::WithPrivate;
};

// The ranges of IANA's special-purpose address registries that are not globally reachable, and
// multicast and reserved space:
// https://www.iana.org/assignments/iana-ipv4-special-registry (RFC 6890)
// https://www.iana.org/assignments/iana-ipv6-special-registry (as of 2025-10-09)
// Rows without an RFC say where they come from. A narrow range precedes the range that contains it.

constexpr std::array kIpv4{
    Range{"0.0.0.0/8", "an address of \"this network\"", Opens::Never},  // RFC 791
    Range{"10.0.0.0/8", "a private address"},                            // RFC 1918
    Range{"100.100.100.200/32", "a cloud's metadata address"},           // Alibaba Cloud
    Range{"100.64.0.0/10", "a provider's shared address"},               // RFC 6598
    Range{"127.0.0.0/8", "a loopback address"},                          // RFC 1122
    Range{"168.63.129.16/32", "a cloud's metadata address"},             // Azure; not reserved
    Range{"169.254.169.254/32", "a cloud's metadata address"},           // Most clouds
    Range{"169.254.0.0/16", "a link-local address"},                     // RFC 3927
    Range{"172.16.0.0/12", "a private address"},                         // RFC 1918
    Range{"192.0.0.0/24", "an address of protocols"},                    // RFC 6890
    Range{"192.0.2.0/24", "an address for documentation"},               // RFC 5737
    Range{"192.88.99.0/24", "a 6to4 relay, which no longer exists"},     // RFC 7526
    Range{"192.168.0.0/16", "a private address"},                        // RFC 1918
    Range{"198.18.0.0/15", "an address for benchmarks"},                 // RFC 2544
    Range{"198.51.100.0/24", "an address for documentation"},            // RFC 5737
    Range{"203.0.113.0/24", "an address for documentation"},             // RFC 5737
    Range{"224.0.0.0/4", "a multicast address", Opens::Never},           // RFC 5771
    Range{"255.255.255.255/32", "the broadcast address", Opens::Never},  // RFC 919
    Range{"240.0.0.0/4", "a reserved address", Opens::Never},            // RFC 1112
};

constexpr std::array kIpv6{
    Range{"::/128", "the unspecified address", Opens::Never},                // RFC 4291
    Range{"::1/128", "a loopback address"},                                  // RFC 4291
    Range{"::ffff:0:0/96", "a mapped IPv4 address"},                         // RFC 4291
    Range{"::ffff:0:0:0/96", "a translated IPv4 address"},                   // RFC 2765
    Range{"::/96", "an IPv4-compatible address"},                            // RFC 4291
    Range{"64:ff9b:1::/48", "an IPv4 address behind a local NAT64"},         // RFC 8215
    Range{"100::/64", "a discard address"},                                  // RFC 6666
    Range{"100:0:0:1::/64", "a dummy address"},                              // RFC 9780
    Range{"2001::/32", "a Teredo address, which contains an IPv4 address"},  // RFC 4380
    Range{"2001:2::/48", "an address for benchmarks"},                       // RFC 5180
    Range{"2001:10::/28", "an ORCHID, which is not routed"},                 // RFC 4843
    Range{"2001::/23", "an address of protocols"},                           // RFC 2928
    Range{"2001:db8::/32", "an address for documentation"},                  // RFC 3849
    Range{"2002::/16", "a 6to4 address, which contains an IPv4 address"},    // RFC 3056
    Range{"3fff::/20", "an address for documentation"},                      // RFC 9637
    Range{"5f00::/16", "a segment routing identifier"},                      // RFC 9602
    Range{"fd00:ec2::254/128", "a cloud's metadata address"},                // Amazon EC2
    Range{"fd20:ce::254/128", "a cloud's metadata address"},                 // Google Cloud
    Range{"fc00::/7", "a private (unique local) address"},                   // RFC 4193
    Range{"fe80::/10", "a link-local address"},                              // RFC 4291
    Range{"fec0::/10", "a site-local address"},                              // RFC 3879
    Range{"ff00::/8", "a multicast address", Opens::Never},                  // RFC 4291
};

/// All that is not in it is not allocated to networks: IANA's "Internet Protocol Version 6 Address
/// Space" (RFC 4291, 2.4).
constexpr std::string_view kGlobalUnicast = "2000::/3";

/// Addresses behind NAT64, which end with an IPv4 address (RFC 6052). In a network without IPv4 the
/// DNS returns them for every host that has only IPv4, so that they are judged by that address.
constexpr std::string_view kNat64 = "64:ff9b::/96";

bool contains(std::string_view prefix, const asio::ip::address& address) {
  const std::string text{prefix};
  if (address.is_v4()) {
    const auto network = asio::ip::make_network_v4(text);
    const auto bits = address.to_v4().to_uint() ^ network.network().to_uint();
    return (bits & network.netmask().to_uint()) == 0;
  }
  const auto network = asio::ip::make_network_v6(text);
  const auto host = asio::ip::make_network_v6(address.to_v6(), network.prefix_length());
  return host.network() == network.network();
}

template <std::size_t size>
const Range* range_of(const std::array<Range, size>& ranges, const asio::ip::address& address) {
  for (const Range& range : ranges) {
    if (contains(range.prefix, address)) return &range;
  }
  return nullptr;
}

asio::ip::address_v4 end_of(const asio::ip::address_v6& address) {
  const auto all = address.to_bytes();
  return asio::ip::address_v4{{all[12], all[13], all[14], all[15]}};
}

}  // namespace

std::optional<std::string> refusal_of(const asio::ip::address& address, Reach reach) {
  if (address.is_v6() && contains(kNat64, address)) {
    auto why = refusal_of(end_of(address.to_v6()), reach);
    if (why) why = address.to_string() + " leads to an IPv4 address: " + *why;
    return why;
  }
  if (const Range* const range =
          address.is_v4() ? range_of(kIpv4, address) : range_of(kIpv6, address)) {
    if (reach == Reach::Private && range->opens == Opens::WithPrivate) return std::nullopt;
    return address.to_string() + " is " + std::string{range->meaning} + " (" +
           std::string{range->prefix} + ")";
  }
  if (address.is_v4() || contains(kGlobalUnicast, address)) return std::nullopt;
  return address.to_string() + " is not a global unicast address (" + std::string{kGlobalUnicast} +
         ")";
}

}  // namespace evalx::webhook
