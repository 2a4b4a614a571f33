#pragma once
// Base64 (RFC 4648, section 4): strict, padded, no line breaks.

#include <optional>
#include <string>
#include <string_view>

namespace evalx {

std::string base64_encode(std::string_view bytes);

/// nullopt for anything but canonical padded base64: other characters, white space, wrong length,
/// misplaced padding, or set bits after the last byte.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace evalx
