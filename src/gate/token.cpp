#include "gate/token.hpp"

#include <openssl/rand.h>

#include <algorithm>

#include "base/assert.hpp"

namespace evalx::gate {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string new_secret() {
  Digest random{};
  EVALX_ASSERT(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1);
  return "evalx_" + to_hex(random);
}

bool is_token_name(std::string_view name) {
  constexpr std::string_view kMarks = "-_.";
  return !name.empty() && name.size() <= kTokenNameBytesMax && is_letter_or_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), [kMarks](char c) {
           return is_letter_or_digit(c) || kMarks.find(c) != kMarks.npos;
         });
}

}  // namespace evalx::gate
