#include "base/base64.hpp"

#include <array>
#include <cstdint>

namespace evalx {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kInvalid = 0xFF;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kInvalid);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr auto kValues = make_values();

/// Decodes a group of 2, 3 or 4 characters into one byte less. Returns false if a character is not
/// in the alphabet, or if one of the unused bits at the end is not zero.
bool decode_group(std::string_view group, std::string& out) {
  std::uint32_t bits = 0;
  for (const char c : group) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kInvalid) return false;
    bits = bits << 6U | value;
  }
  bits <<= 6U * (4 - group.size());
  const std::size_t bytes = group.size() - 1;
  for (std::size_t i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>(bits >> (16 - 8 * i) & 0xFFU));
  }
  const std::uint32_t unused_mask = (1U << (24 - 8 * bytes)) - 1;
  return (bits & unused_mask) == 0;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8U | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text.push_back(i <= group.size() ? kAlphabet[bits >> (18 - 6 * i) & 0x3FU] : '=');
    }
  }
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  while (!text.empty()) {
    std::string_view group = text.substr(0, 4);
    text.remove_prefix(4);
    if (text.empty()) {
      while (group.size() > 2 && group.back() == '=') group.remove_suffix(1);
    }
    if (!decode_group(group, bytes)) return std::nullopt;
  }
  return bytes;
}

}  // namespace evalx
