#pragma once
// Passwords: hides those in URLs before a text is shown or logged.

#include <string>
#include <string_view>

namespace evalx {

/// One URL, also one that is mistyped, without all that is before its last "@" but the scheme.
std::string without_user(std::string_view url);

/// The text without what is before the "@" of a word that has a ":" there: "redis://me:pw@db" and
/// the mistyped "redis:me:pw@db" become "redis://…@db" and "…@db".
std::string without_passwords(std::string_view text);

}  // namespace evalx
