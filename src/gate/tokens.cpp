#include "gate/tokens.hpp"

#include <openssl/crypto.h>

namespace evalx::gate {

const TokenEntry* find_token(const TokenList& list, std::string_view secret) {
  const Digest hash = sha256(secret);
  const TokenEntry* found = nullptr;
  for (const TokenEntry& entry : list) {
    // Without an early end: the time must not say how much of a hash is right.
    if (CRYPTO_memcmp(entry.hash.data(), hash.data(), hash.size()) == 0) found = &entry;
  }
  return found;
}

}  // namespace evalx::gate
