#pragma once
// Inputs: strict parsers for the query values and headers of this API.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace evalx::api::v1 {

inline constexpr Milliseconds kMaxWait{60'000};
inline constexpr std::size_t kMaxIdempotencyKeyBytes = 255;

/// Seconds from 0 to kMaxWait, with up to three decimals: "0", "2.5". nullopt for any other text.
std::optional<Milliseconds> parse_wait(std::string_view text);

inline constexpr std::size_t kMaxPage = 1000;

/// The length of a page, from 1 to kMaxPage. nullopt for any other text.
std::optional<std::size_t> parse_page(std::string_view text);

/// Whether `text` is 1 to kMaxIdempotencyKeyBytes visible ASCII characters.
bool is_idempotency_key(std::string_view text);

/// Whether it is "application/json", in upper or lower case, with or without parameters.
bool is_json_type(std::string_view content_type);

}  // namespace evalx::api::v1
