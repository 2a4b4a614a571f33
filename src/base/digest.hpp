#pragma once
// Digest: SHA-256 of a sequence of parts. The length of each part is digested before its bytes, so
// that {"ab", "c"} and {"a", "bc"} have different digests.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace evalx {

using Digest = std::array<std::uint8_t, 32>;

class DigestBuilder {
 public:
  DigestBuilder();
  ~DigestBuilder();
  DigestBuilder(const DigestBuilder&) = delete;
  DigestBuilder& operator=(const DigestBuilder&) = delete;

  /// Adds one part: its length, then its bytes.
  DigestBuilder& part(std::string_view bytes);
  /// Adds bytes without their length: for a plain SHA-256 of a stream.
  DigestBuilder& raw(std::string_view bytes);
  /// Returns the digest. Don't use the builder after it.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::string_view bytes);
std::string to_hex(const Digest& digest);

}  // namespace evalx
