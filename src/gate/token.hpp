#pragma once
// Token: the secret of a client, and what the server keeps of it.

#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "gate/rules.hpp"

namespace evalx::gate {

/// One token in the file. The secret itself is nowhere: a hash of 256 random bits
/// without salt can't be reversed.
struct TokenEntry {
  std::string name;
  Digest hash{};  ///< SHA-256 of the secret.
  Scopes scopes;
};

inline constexpr std::size_t kTokenNameBytesMax = 64;

/// "evalx_" and 64 hexadecimal digits: 256 bits of OpenSSL's generator.
std::string new_secret();

/// 1 to kTokenNameBytesMax letters, digits, "-", "_" and "."; the first is a letter or a digit.
[[nodiscard]] bool is_token_name(std::string_view name);

}  // namespace evalx::gate
