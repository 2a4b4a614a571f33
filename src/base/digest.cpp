#include "base/digest.hpp"

#include <openssl/evp.h>

#include "base/assert.hpp"

namespace evalx {

struct DigestBuilder::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { EVALX_ASSERT(context && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

DigestBuilder::DigestBuilder() : state_(std::make_unique<State>()) {}
DigestBuilder::~DigestBuilder() = default;

DigestBuilder& DigestBuilder::part(std::string_view bytes) {
  std::array<char, 8> length{};
  for (std::size_t i = 0; i < length.size(); ++i) {
    length[i] = static_cast<char>(bytes.size() >> (8 * i) & 0xFFU);
  }
  return raw({length.data(), length.size()}).raw(bytes);
}

DigestBuilder& DigestBuilder::raw(std::string_view bytes) {
  EVALX_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
  return *this;
}

Digest DigestBuilder::finish() {
  Digest digest{};
  EVALX_ASSERT(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1);
  return digest;
}

Digest sha256(std::string_view bytes) {
  return DigestBuilder{}.raw(bytes).finish();
}

std::string to_hex(const Digest& digest) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const std::uint8_t byte : digest) {
    text.push_back(kHex[byte >> 4U]);
    text.push_back(kHex[byte & 0xFU]);
  }
  return text;
}

}  // namespace evalx
