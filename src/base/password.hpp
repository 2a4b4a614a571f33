#pragma once
// Passwords: hides those in URLs, and the secrets of webhooks, before a text is shown or logged.

#include <string>
#include <string_view>

namespace evalx {

/// One URL, also one that is mistyped, without all that is before its last "@" but the scheme.
std::string without_user(std::string_view url);

/// The text without what is before the "@" of a word that has a ":" there: "redis://me:pw@db" and
/// the mistyped "redis:me:pw@db" become "redis://…@db" and "…@db". Behind "whsec_", in any case,
/// nothing is left but "…" up to the next comma or quote, or to the end of the word.
std::string without_passwords(std::string_view text);

}  // namespace evalx
