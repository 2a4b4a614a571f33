#include "artifact/file_name.hpp"

#include <sys/random.h>

#include <tuple>

namespace evalx::artifact {
namespace {

constexpr std::string_view kTemporaryPrefix = "incoming-";
constexpr std::string_view kEnding = ".artifact";
constexpr std::size_t kHexBytes = 2 * std::tuple_size_v<Digest>;

std::optional<Digest> parse_hex(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  Digest digest{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t value = kHex.find(text[i]);
    if (value == std::string_view::npos) return std::nullopt;
    digest[i / 2] = static_cast<std::uint8_t>(digest[i / 2] << 4U | value);
  }
  return digest;
}

}  // namespace

std::string file_name(const Digest& key, const Digest& content) {
  return to_hex(key).append("-").append(to_hex(content)).append(kEnding);
}

std::optional<FileName> parse_file_name(std::string_view name) {
  if (name.size() != 2 * kHexBytes + 1 + kEnding.size() || !name.ends_with(kEnding) ||
      name[kHexBytes] != '-') {
    return std::nullopt;
  }
  const auto key = parse_hex(name.substr(0, kHexBytes));
  const auto content = parse_hex(name.substr(kHexBytes + 1, kHexBytes));
  if (!key || !content) return std::nullopt;
  return FileName{*key, *content};
}

Result<std::string> temporary_name() {
  Digest random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    return fail(last_error(), "getrandom");
  return std::string{kTemporaryPrefix} + to_hex(random);
}

bool is_temporary_name(std::string_view name) {
  return name.starts_with(kTemporaryPrefix);
}

}  // namespace evalx::artifact
