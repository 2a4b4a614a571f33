#pragma once
// Digest: SHA-256 of a sequence of parts, each framed by its length so that parts cannot run
// together.

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
  /// Adds bytes without a frame: for a plain SHA-256 of a stream.
  DigestBuilder& raw(std::string_view bytes);
  /// Ends the digest; the builder must not be used afterwards.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::string_view bytes);
std::string to_hex(const Digest& digest);

}  // namespace evalx
