#pragma once
// Signature: the header fields by which a receiver knows that a webhook is ours, after Standard
// Webhooks 1.0.0:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

namespace evalx::webhook {

/// One or two secrets. Two are for a rotation: a receiver that knows either of them can verify.
class SigningSecrets {
 public:
  static constexpr std::size_t kSecretsMax = 2;
  static constexpr std::size_t kKeyBytesMin = 24;
  static constexpr std::size_t kKeyBytesMax = 64;

  /// Each text is "whsec_" and base64 of 24 to 64 random bytes. Errors: EINVAL; the text says what
  /// is wrong, and never contains a part of a secret.
  static Result<SigningSecrets> parse(const std::vector<std::string>& texts);

  /// webhook-id, webhook-timestamp and webhook-signature of one attempt. `id`: the same for all
  /// attempts of one webhook, so that its receiver can drop repeats; letters, digits, "_" and "-".
  /// `now`: of this attempt; receivers refuse one that is more than five minutes old. `body`: the
  /// bytes as they are sent.
  [[nodiscard]] std::vector<http::Header> sign(std::string_view id, Clock::WallInstant now,
                                               std::string_view body) const;

 private:
  std::vector<std::string> keys_;
};

}  // namespace evalx::webhook
