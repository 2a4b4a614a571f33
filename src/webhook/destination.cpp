#include "webhook/destination.hpp"

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/lower.hpp"
#include "webhook/port.hpp"

namespace evalx::webhook {
namespace {

namespace urls = boost::urls;

constexpr std::size_t kHostBytesMax = 253;  // RFC 1035, 2.3.4, without the dot at the end.
constexpr std::size_t kLabelBytesMax = 63;

constexpr std::string_view kOddIpv4 =
    "must have its IPv4 address as four decimal numbers, without a dot at the end";

/// Names that never mean a host of the public Internet:
/// https://www.iana.org/assignments/special-use-domain-names, and ICANN's "internal" (2024).
constexpr std::array<std::string_view, 4> kPrivateNames{"localhost", "local", "internal",
                                                        "home.arpa"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_host_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
}

/// Finds why the text is no URL, for the usual mistakes.
std::string_view fault_of(std::string_view text) {
  const auto has = [text](auto test) { return std::any_of(text.begin(), text.end(), test); };
  if (has([](char c) { return static_cast<unsigned char>(c) > 0x7e; })) {
    return "must be ASCII: write letters of the path as %C3%A9, and those of the host as xn--…";
  }
  if (has([](char c) { return c <= ' '; })) {
    return "must have no spaces or control characters";
  }
  if (has([](char c) { return c == '\\'; })) return "must not have a backslash";
  const auto bracket = text.find('[');
  if (bracket != text.npos && text.find('%', bracket) < text.find(']', bracket)) {
    return "must not have a zone in its IPv6 address";
  }
  return "must be an absolute URL, for example https://hooks.example/done";
}

/// The last label is a number, so that some programs read the host as an IPv4 address:
/// https://url.spec.whatwg.org/#ends-in-a-number-checker
bool ends_in_a_number(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (std::all_of(last.begin(), last.end(), is_digit)) return true;
  if (!last.starts_with("0x")) return false;
  return std::all_of(last.begin() + 2, last.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

/// The part of the text between "//" and the path, as every program cuts it.
std::string_view authority_of_text(std::string_view text) {
  text.remove_prefix(std::min(text.find("//"), text.size() - 2) + 2);
  return text.substr(0, text.find_first_of("/?#"));
}

/// Boost.URL 1.81 takes "127.0.0.1./" for the host 127.0.0.1 and the path "./", and the text after
/// a malformed port for a path. No other program does.
Result<> check_cut(const urls::url_view& url, std::string_view text) {
  std::string_view authority = authority_of_text(text);
  const auto parsed = url.encoded_authority();
  if (authority == std::string_view{parsed.data(), parsed.size()}) return {};
  const std::string host = lower(authority.substr(0, authority.rfind(':')));
  const std::string_view without_dot =
      std::string_view{host}.substr(0, host.size() - (host.ends_with('.') ? 1 : 0));
  return invalid(ends_in_a_number(without_dot) ? kOddIpv4 : fault_of(text));
}

/// Whether each label has 1 to 63 characters.
bool has_good_labels(std::string_view host) {
  while (true) {
    const std::string_view label = host.substr(0, host.find('.'));
    if (label.empty() || label.size() > kLabelBytesMax) return false;
    if (label.size() == host.size()) return true;
    host.remove_prefix(label.size() + 1);
  }
}

Result<> check_name(const std::string& host, Reach reach) {
  if (!std::all_of(host.begin(), host.end(), is_host_char)) {
    return invalid("must have a host of letters, digits, dots and hyphens");
  }
  if (host.size() > kHostBytesMax || !has_good_labels(host)) {
    return invalid("must have a host whose parts between dots have 1 to 63 characters");
  }
  if (ends_in_a_number(host)) {
    return invalid(kOddIpv4);
  }
  if (reach == Reach::Private) return {};
  for (const std::string_view name : kPrivateNames) {
    if (host == name || host.ends_with("." + std::string{name})) {
      return invalid("must be public: names that end in " + std::string{name} + " are private");
    }
  }
  if (host.find('.') == host.npos) return invalid("must be public: its host is a name without dot");
  return {};
}

Result<> check_address(const std::string& host, Reach reach) {
  const auto refusal = refusal_of(asio::ip::make_address(host), reach);
  if (refusal) return invalid("must be public: " + *refusal);
  return {};
}

/// A name in lower case without a dot at its end, or an address without brackets.
Result<std::string> host_of(const urls::url_view& url, Reach reach) {
  std::string host;
  switch (url.host_type()) {
    case urls::host_type::ipv4:
      host = url.host_ipv4_address().to_string();
      EVALX_TRY_VOID(check_address(host, reach));
      return host;
    case urls::host_type::ipv6: {
      const auto bytes = url.host_ipv6_address().to_bytes();
      asio::ip::address_v6::bytes_type same{};
      std::copy(bytes.begin(), bytes.end(), same.begin());
      host = asio::ip::address_v6{same}.to_string();
      EVALX_TRY_VOID(check_address(host, reach));
      return host;
    }
    case urls::host_type::name:
      host = lower({url.encoded_host().data(), url.encoded_host().size()});
      if (host.empty()) return invalid("must have a host");
      if (host.find('%') != host.npos) return invalid("must not have a percent sign in its host");
      if (host.size() > 1 && host.ends_with('.')) host.pop_back();
      EVALX_TRY_VOID(check_name(host, reach));
      return host;
    default:
      return invalid("must have a name or an address as its host");
  }
}

Result<std::uint16_t> port_of(const urls::url_view& url, http::client::Scheme scheme) {
  if (!url.has_port() || url.port().empty()) return http::client::default_port(scheme);
  // Six digits are enough for every number that is too large; zeros may precede.
  std::string_view digits{url.port().data(), url.port().size()};
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
  std::uint32_t port = 0;
  for (const char digit : digits.substr(0, 6)) {
    port = port * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  if (const auto refusal = refusal_of_port(port))
    return invalid("must have another port: " + *refusal);
  return static_cast<std::uint16_t>(port);
}

std::string target_of(const urls::url_view& url) {
  const auto path = url.encoded_path();
  std::string target{path.data(), path.size()};
  if (target.empty()) target = "/";
  if (url.has_query()) {
    const auto query = url.encoded_query();
    target.append("?").append(query.data(), query.size());
  }
  return target;
}

}  // namespace

Result<Destination> parse_destination(std::string_view text, Reach reach) {
  if (text.size() > kUrlBytesMax) {
    return invalid("must have at most " + std::to_string(kUrlBytesMax) + " characters");
  }
  const auto url = urls::parse_uri({text.data(), text.size()});
  if (!url || !url->has_authority()) return invalid(fault_of(text));
  Destination destination;
  const std::string scheme = lower({url->scheme().data(), url->scheme().size()});
  if (scheme != "http" && scheme != "https") return invalid("must begin with https:// or http://");
  if (url->has_userinfo()) return invalid("must not have a user name or a password");
  if (url->has_fragment()) return invalid("must not have a fragment (#)");

  EVALX_TRY_VOID(check_cut(*url, text));

  http::client::Url& result = destination.url;
  result.scheme = scheme == "https" ? http::client::Scheme::Https : http::client::Scheme::Http;
  EVALX_TRY(result.host, host_of(*url, reach));
  EVALX_TRY(result.port, port_of(*url, result.scheme));
  result.target = target_of(*url);
  destination.text = scheme + "://" + authority_of(result) + result.target;
  return destination;
}

}  // namespace evalx::webhook
