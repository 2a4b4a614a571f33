#include "config/value.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <utility>

namespace evalx::config {
namespace {

constexpr std::string_view kAddressForm =
    "must be ADDRESS:PORT with a numeric address and a port from 0 to 65535, such as "
    "127.0.0.1:2358, 0.0.0.0:2358 or [::1]:2358";

auto refused(std::string_view allowed) {
  return tl::make_unexpected(std::string(allowed));
}

bool is_numeric_address(int family, const std::string& host) {
  in6_addr buffer{};  // Large enough for either family.
  return ::inet_pton(family, host.c_str(), &buffer) == 1;
}

}  // namespace

Parsed<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refused(kAddressForm);
  std::string host{text.substr(0, colon)};
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  if (!is_numeric_address(in_brackets ? AF_INET6 : AF_INET, host)) return refused(kAddressForm);
  const auto port = parse_count(text.substr(colon + 1), 0, 65'535);
  if (!port) return refused(kAddressForm);
  return Address{std::move(host), static_cast<std::uint16_t>(*port)};
}

Parsed<std::uint64_t> parse_count(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
    return refused("must be a whole number from " + std::to_string(least) + " to " +
                   std::to_string(most));
  }
  return value;
}

Parsed<std::filesystem::path> parse_path(std::string_view text) {
  if (text.empty() || text.find('\0') != std::string_view::npos)
    return refused("must be the path of a folder");
  return std::filesystem::path(text);
}

Parsed<QueueChoice> parse_queue(std::string_view text) {
  if (text == "sqlite") return SqliteQueue{};
  if (text.starts_with("redis://")) return RedisQueue{std::string(text)};
  if (text.starts_with("rediss://"))
    return refused("must be sqlite or redis://…: this version of evalX has no TLS to Redis");
  return refused("must be sqlite or redis://[user:password@]host:port/database");
}

Parsed<bool> parse_truth(std::string_view text) {
  if (text != "true" && text != "false") return refused("must be true or false");
  return text == "true";
}

Parsed<std::string> parse_program(std::string_view text) {
  const bool is_path = text.find('/') != std::string_view::npos;
  if (text.empty() || text.find('\0') != std::string_view::npos || (is_path && text[0] != '/'))
    return refused("must be an absolute path, or the name of a program in PATH");
  return std::string(text);
}

}  // namespace evalx::config
