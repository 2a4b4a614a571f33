#pragma once
// Retry-After: how long a server asks its clients to wait (RFC 9110, 10.2.3).

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace evalx::webhook {

/// Longer waits are returned as this one.
constexpr std::chrono::hours kRetryAfterMax{24};

/// The wait from `now` that the field's value asks for: a number of seconds, or a date in any of
/// the three forms of HTTP. Zero for a date in the past; nullopt for anything else.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                      Clock::WallInstant now);

}  // namespace evalx::webhook
