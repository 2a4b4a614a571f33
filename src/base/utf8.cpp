#include "base/utf8.hpp"

#include <cstdint>

namespace evalx {
namespace {

struct Sequence {
  std::size_t length;  // 0: not a lead byte.
  unsigned char low;   // The range of the second byte. It excludes overlong forms, surrogates and
  unsigned char high;  // code points above U+10FFFF (RFC 3629, section 4).
};

Sequence sequence_of(unsigned char lead) noexcept {
  if (lead < 0x80) return {1, 0, 0};
  if (lead >= 0xC2 && lead <= 0xDF) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  for (std::size_t at = 0; at < bytes.size();) {
    const Sequence sequence = sequence_of(byte(at));
    if (sequence.length == 0 || at + sequence.length > bytes.size()) return false;
    if (sequence.length > 1 && (byte(at + 1) < sequence.low || byte(at + 1) > sequence.high))
      return false;
    for (std::size_t i = 2; i < sequence.length; ++i) {
      if ((byte(at + i) & 0xC0U) != 0x80) return false;
    }
    at += sequence.length;
  }
  return true;
}

}  // namespace evalx
