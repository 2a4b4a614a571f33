#pragma once
// Tokens: all tokens of a server, which a reload replaces while requests are checked.

#include <atomic>
#include <memory>
#include <string_view>
#include <vector>

#include "gate/token.hpp"

namespace evalx::gate {

using TokenList = std::vector<TokenEntry>;

/// Functions may be called from any thread.
class Tokens {
 public:
  /// The list with which requests are checked from now on. Empty: no token is asked for.
  void replace(TokenList list) { list_ = std::make_shared<const TokenList>(std::move(list)); }
  [[nodiscard]] std::shared_ptr<const TokenList> list() const { return list_.load(); }

 private:
  std::atomic<std::shared_ptr<const TokenList>> list_{std::make_shared<const TokenList>()};
};

/// The token with this secret; nullptr if there is none. Takes the same time for every secret of
/// the same length.
const TokenEntry* find_token(const TokenList& list, std::string_view secret);

}  // namespace evalx::gate
