#include "config/value.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/base64.hpp"
#include "base/lower.hpp"

namespace evalx::config {
namespace {

constexpr std::string_view kAddressForm =
    "must be ADDRESS:PORT with a numeric address or localhost and a port from 0 to 65535, such as "
    "127.0.0.1:2358, [::1]:2358, or :2358 for all addresses";
constexpr std::string_view kHostForm =
    "must be names of hosts without ports, with commas between, such as evalx.example";
constexpr std::string_view kOriginForm =
    "must be origins of pages, with commas between: http or https, a host and perhaps a port, such "
    "as https://app.example:8443";
constexpr std::size_t kMostListed = 100;
constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::size_t kSecretBytesMin = 24;
constexpr std::size_t kSecretBytesMax = 64;
constexpr std::string_view kSecretForm =
    "must be one or two secrets with a comma between, each whsec_ and then 24 to 64 random bytes "
    "in "
    "base64 (openssl rand -base64 32)";

auto refused(std::string_view allowed) {
  return tl::make_unexpected(std::string(allowed));
}

bool is_numeric_address(int family, const std::string& host) {
  in6_addr buffer{};  // Large enough for either family.
  return ::inet_pton(family, host.c_str(), &buffer) == 1;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool is_host_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

/// The elements of a list; nullopt if there are too many.
std::optional<std::vector<std::string>> elements_of(std::string_view text) {
  std::vector<std::string> elements;
  text = trimmed(text);
  while (!text.empty()) {
    const std::string_view element = text.substr(0, text.find(','));
    text.remove_prefix(std::min(element.size() + 1, text.size()));
    elements.emplace_back(trimmed(element));
    if (elements.size() > kMostListed) return std::nullopt;
  }
  return elements;
}

std::optional<std::vector<std::string>> lower_elements_of(std::string_view text) {
  auto elements = elements_of(text);
  if (!elements) return std::nullopt;
  for (std::string& element : *elements) element = lower(element);
  return elements;
}

/// Why a secret is refused, in words without a part of it; empty if it is not.
std::string_view fault_of_secret(std::string_view secret) {
  if (!secret.starts_with(kSecretPrefix)) return "does not begin with whsec_";
  const auto key = base64_decode(secret.substr(kSecretPrefix.size()));
  if (!key) return "is no base64 behind whsec_";
  if (key->size() < kSecretBytesMin) return "is too short";
  if (key->size() > kSecretBytesMax) return "is too long";
  return {};
}

/// The origin as a browser writes it; nullopt if it is none.
std::optional<std::string> origin_of(std::string_view text) {
  const std::string_view scheme = text.substr(0, text.find("://"));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  std::string_view host = text.substr(scheme.size() + 3);
  const std::string_view usual = scheme == "http" ? ":80" : ":443";
  if (host.ends_with(usual)) host.remove_suffix(usual.size());
  const auto bracket = host.rfind(']');
  const auto colon = host.find(':', bracket == host.npos ? 0 : bracket);
  const std::string_view name = host.substr(0, colon);
  if (colon != host.npos && !parse_count(host.substr(colon + 1), 1, 65'535)) return std::nullopt;
  const bool is_v6 = name.size() > 2 && name.front() == '[' && name.back() == ']' &&
                     is_numeric_address(AF_INET6, std::string{name.substr(1, name.size() - 2)});
  if (!is_v6 && !is_host_name(name)) return std::nullopt;
  return std::string{scheme} + "://" + std::string{host};
}

}  // namespace

Parsed<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refused(kAddressForm);
  std::string host{text.substr(0, colon)};
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  if (host.empty()) host = "0.0.0.0";
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

Parsed<std::filesystem::path> parse_file(std::string_view text) {
  if (text.empty() || text.find('\0') != std::string_view::npos)
    return refused("must be the path of a file");
  return std::filesystem::path(text);
}

Parsed<std::vector<std::string>> parse_hosts(std::string_view text) {
  const auto names = lower_elements_of(text);
  if (!names || !std::all_of(names->begin(), names->end(), is_host_name)) return refused(kHostForm);
  return *names;
}

Parsed<std::vector<std::string>> parse_origins(std::string_view text) {
  auto origins = lower_elements_of(text);
  if (!origins) return refused(kOriginForm);
  for (std::string& origin : *origins) {
    auto written = origin_of(origin);
    if (!written) return refused(kOriginForm);
    origin = *std::move(written);
  }
  return *std::move(origins);
}

Parsed<std::vector<std::string>> parse_secrets(std::string_view text) {
  constexpr std::size_t kSecretsMax = 2;
  auto secrets = elements_of(text);
  if (!secrets || secrets->size() > kSecretsMax) {
    return refused(std::string{kSecretForm} + "; these are more than two");
  }
  for (std::size_t i = 0; i < secrets->size(); ++i) {
    const std::string_view fault = fault_of_secret((*secrets)[i]);
    if (fault.empty()) continue;
    return refused(std::string{kSecretForm} + "; secret " + std::to_string(i + 1) + " " +
                   std::string{fault});
  }
  return *std::move(secrets);
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
