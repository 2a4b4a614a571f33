#include "gate/names.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/lower.hpp"

namespace evalx::gate {
namespace {

namespace urls = boost::urls;

constexpr std::string_view kLocalhost = "localhost";

Host host_of(const urls::authority_view& authority) {
  Host host;
  if (authority.host_type() == urls::host_type::ipv4) {
    host.name = authority.host_ipv4_address().to_string();
    host.kind =
        authority.host_ipv4_address().is_loopback() ? HostKind::Loopback : HostKind::Address;
  } else if (authority.host_type() == urls::host_type::ipv6) {
    const urls::ipv6_address address = authority.host_ipv6_address();
    host.name = address.to_string();
    host.kind = is_loopback_address(host.name) ? HostKind::Loopback : HostKind::Address;
  } else {
    host.name = lower(authority.host_address());
    if (host.name.ends_with('.')) host.name.pop_back();
    const bool is_local =
        host.name == kLocalhost || host.name.ends_with("." + std::string{kLocalhost});
    host.kind = is_local ? HostKind::Loopback : HostKind::Name;
  }
  return host;
}

}  // namespace

std::optional<Host> parse_host(std::string_view text) {
  const auto authority = urls::parse_authority({text.data(), text.size()});
  if (!authority || authority->has_userinfo() || authority->encoded_host().empty())
    return std::nullopt;
  return host_of(*authority);
}

std::optional<Host> host_of_origin(std::string_view origin) {
  const auto scheme = origin.find("://");
  if (scheme == 0 || scheme == origin.npos) return std::nullopt;
  const auto url = urls::parse_uri({origin.data(), origin.size()});
  if (!url || !url->encoded_path().empty() || url->has_query() || url->has_fragment())
    return std::nullopt;
  return parse_host(origin.substr(scheme + 3));
}

bool is_loopback_address(std::string_view address) {
  if (const auto v4 = urls::parse_ipv4_address({address.data(), address.size()}))
    return v4->is_loopback();
  const auto v6 = urls::parse_ipv6_address({address.data(), address.size()});
  if (!v6) return false;
  if (v6->is_loopback()) return true;
  constexpr std::size_t kFirstOfV4 = 12;
  return v6->is_v4_mapped() && v6->to_bytes()[kFirstOfV4] == 127;
}

}  // namespace evalx::gate
