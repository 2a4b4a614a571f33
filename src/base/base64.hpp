#pragma once
// Base64 (RFC 4648, section 4): strict, padded, no line breaks.

#include <optional>
#include <string>
#include <string_view>

namespace evalx {

std::string base64_encode(std::string_view bytes);

/// Returns nullopt for anything but canonical, padded base64: for other characters, white space, a
/// wrong length, padding at a wrong place, or unused bits of the last group that are not zero.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace evalx
