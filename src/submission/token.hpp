#pragma once
// Token: the unguessable name of a submission, a UUID of version 4 (RFC 9562).

#include <string>
#include <string_view>

namespace evalx::submission {

/// 122 random bits from the kernel (getrandom(2)), as 36 lower-case characters. Thread-safe.
std::string new_token();

/// Whether `text` has the form of a token: 8-4-4-4-12 lower-case hexadecimal digits.
bool is_token(std::string_view text) noexcept;

}  // namespace evalx::submission
