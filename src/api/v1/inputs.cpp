#include "api/v1/inputs.hpp"

#include <algorithm>
#include <charconv>

#include "http/message.hpp"

namespace evalx::api::v1 {
namespace {

constexpr std::size_t kMaxDecimals = 3;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::optional<std::uint64_t> parse_digits(std::string_view text) {
  std::uint64_t number = 0;
  if (!all_digits(text)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} ? std::optional{number} : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// JSON has no parameter charset (RFC 8259, 11). One that says UTF-8 does no harm.
bool names_another_charset(std::string_view parameter) {
  const std::size_t equals = parameter.find('=');
  if (equals == parameter.npos || !http::same_name(parameter.substr(0, equals), "charset"))
    return false;
  std::string_view value = parameter.substr(equals + 1);
  if (value.size() > 1 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return !http::same_name(value, "utf-8");
}

}  // namespace

std::optional<Milliseconds> parse_wait(std::string_view text) {
  const std::size_t point = text.find('.');
  const auto seconds = parse_digits(text.substr(0, point));
  std::uint64_t thousandths = 0;
  if (point != text.npos) {
    const std::string_view decimals = text.substr(point + 1);
    if (decimals.size() > kMaxDecimals || !all_digits(decimals)) return std::nullopt;
    for (std::size_t i = 0; i < kMaxDecimals; ++i) {
      const char digit = i < decimals.size() ? decimals[i] : '0';
      thousandths = thousandths * 10 + static_cast<std::uint64_t>(digit - '0');
    }
  }
  constexpr auto kMost = static_cast<std::uint64_t>(kMaxWait.count());
  if (!seconds || *seconds > kMost) return std::nullopt;
  const std::uint64_t wait = *seconds * 1000 + thousandths;
  return wait > kMost ? std::nullopt : std::optional{Milliseconds{static_cast<std::int64_t>(wait)}};
}

std::optional<std::size_t> parse_page(std::string_view text) {
  const auto length = parse_digits(text);
  const bool fits = length && *length >= 1 && *length <= kMaxPage;
  return fits ? std::optional{static_cast<std::size_t>(*length)} : std::nullopt;
}

bool is_idempotency_key(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdempotencyKeyBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_json_type(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  if (!http::same_name(trimmed(type), "application/json")) return false;
  std::string_view rest = content_type.substr(type.size());
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view parameter = rest.substr(0, rest.find(';'));
    if (names_another_charset(trimmed(parameter))) return false;
    rest.remove_prefix(parameter.size());
  }
  return true;
}

}  // namespace evalx::api::v1
