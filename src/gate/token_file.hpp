#pragma once
// TokenFile: tokens.toml: the names, hashes and scopes of all tokens.

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "gate/tokens.hpp"

namespace evalx::gate {

inline constexpr Bytes kTokenFileMax = kibibytes(256);
inline constexpr std::size_t kTokensMax = 1000;

/// `file` is the name for messages. Errors: EINVAL with "tokens.toml:3: " and what is wrong: not
/// TOML, an unknown key, a name or hash that is malformed or there twice, no scope, an unknown one.
Result<TokenList> parse_token_file(std::string_view text, const std::string& file);

/// The table of one token, to append to the file.
std::string table_of(const TokenEntry& entry);

/// "submit,read": one or more scopes. Errors: EINVAL with what is allowed.
Result<Scopes> parse_scopes(std::string_view text);

}  // namespace evalx::gate
