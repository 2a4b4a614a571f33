#pragma once
// Passwords: hides those in URLs before a text is shown or logged.

#include <string>
#include <string_view>

namespace evalx {

/// The text without what is before the "@" of a word that has a ":" there: "redis://me:pw@db" and
/// the mistyped "redis:me:pw@db" become "redis://…@db" and "…@db".
std::string without_passwords(std::string_view text);

}  // namespace evalx
