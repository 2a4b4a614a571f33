#include "webhook/signature.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/assert.hpp"
#include "base/base64.hpp"

namespace evalx::webhook {
namespace {

constexpr std::string_view kPrefix = "whsec_";

/// A dot would let the id take a part of the timestamp's or the body's place in the signed text.
bool is_id_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         c == '-';
}

std::string hmac_sha256(const std::string& key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  EVALX_ASSERT(::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(),
                      digest.data(), &size) != nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace

Result<SigningSecrets> SigningSecrets::parse(const std::vector<std::string>& texts) {
  if (texts.empty() || texts.size() > kSecretsMax) {
    return invalid("needs one secret, or two during a rotation");
  }
  SigningSecrets secrets;
  for (const std::string& text : texts) {
    if (!text.starts_with(kPrefix)) return invalid("must begin with \"whsec_\"");
    auto key = base64_decode(std::string_view{text}.substr(kPrefix.size()));
    if (!key) return invalid("must be base64 after \"whsec_\"");
    if (key->size() < kKeyBytesMin || key->size() > kKeyBytesMax) {
      return invalid("must have 24 to 64 bytes, in base64, after \"whsec_\"");
    }
    secrets.keys_.push_back(*std::move(key));
  }
  return secrets;
}

std::vector<http::Header> SigningSecrets::sign(std::string_view id, Clock::WallInstant now,
                                               std::string_view body) const {
  EVALX_ASSERT(!id.empty() && std::all_of(id.begin(), id.end(), is_id_char));
  const auto since = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  std::string timestamp = std::to_string(since.count());
  std::string text;
  text.reserve(id.size() + timestamp.size() + body.size() + 2);
  text.append(id).append(".").append(timestamp).append(".").append(body);

  std::string signatures;
  for (const std::string& key : keys_) {
    if (!signatures.empty()) signatures += " ";
    signatures += "v1," + base64_encode(hmac_sha256(key, text));
  }
  return {{"webhook-id", std::string{id}},
          {"webhook-timestamp", std::move(timestamp)},
          {"webhook-signature", std::move(signatures)}};
}

}  // namespace evalx::webhook
