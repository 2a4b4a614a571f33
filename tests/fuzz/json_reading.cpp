#include "json_reading.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <set>

namespace evalx::fuzz {
namespace {

/// Text that stays within the parser's stack; evalX's own bound is far below.
constexpr std::size_t kDeepest = 400;

void append_utf8(std::string& text, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xC0 | code >> 6);
    return add(0x80 | (code & 0x3F));
  }
  if (code < 0x10000) {
    add(0xE0 | code >> 12);
  } else {
    add(0xF0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3F));
  }
  add(0x80 | (code >> 6 & 0x3F));
  add(0x80 | (code & 0x3F));
}

class Reading {
 public:
  explicit Reading(std::string_view text) : rest_(text) {}

  JsonReading whole() {
    skip_blanks();
    const bool is_valid = value(0) && (skip_blanks(), rest_.empty());
    if (!is_valid) return {};
    reading_.verdict = twice_ ? JsonReading::Verdict::TwiceTheSameKey : JsonReading::Verdict::Valid;
    return reading_;
  }

 private:
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n\r"), rest_.size()));
  }
  std::size_t digits() {
    const std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(count);
    return count;
  }

  bool value(std::size_t depth) {
    if (depth > kDeepest) return false;
    ++reading_.values;
    if (take("null") || take("true") || take("false")) return true;
    if (rest_.starts_with('"')) {
      std::string ignored;
      return string(ignored);
    }
    if (take("[")) return elements(depth + 1);
    if (take("{")) return members(depth + 1);
    return number();
  }

  bool elements(std::size_t depth) {
    reading_.depth = std::max(reading_.depth, depth);
    skip_blanks();
    if (take("]")) return true;
    do {
      skip_blanks();
      if (!value(depth)) return false;
      skip_blanks();
    } while (take(","));
    return take("]");
  }

  bool members(std::size_t depth) {
    reading_.depth = std::max(reading_.depth, depth);
    std::set<std::string> keys;
    skip_blanks();
    if (take("}")) return true;
    do {
      skip_blanks();
      std::string key;
      if (!string(key)) return false;
      ++reading_.values;
      twice_ = !keys.insert(std::move(key)).second || twice_;
      skip_blanks();
      if (!take(":")) return false;
      skip_blanks();
      if (!value(depth)) return false;
      skip_blanks();
    } while (take(","));
    return take("}");
  }

  bool number() {
    const std::string_view before = rest_;
    std::size_t exponent = 0;  // Its digits.
    take("-");
    if (!take("0") && digits() == 0) return false;
    if (take(".") && digits() == 0) return false;
    if (take("e") || take("E")) {
      if (!take("+")) take("-");
      const std::size_t size = digits();
      if (size == 0) return false;
      reading_.is_near = reading_.is_near || size > 5;
      exponent = size;
    }
    const std::string written{before.substr(0, before.size() - rest_.size())};
    const double size = std::abs(std::strtod(written.c_str(), nullptr));
    reading_.is_near = reading_.is_near || (size == 0 && exponent >= 3);
    reading_.is_huge = reading_.is_huge || !std::isfinite(size);
    reading_.is_near = reading_.is_near || (size > 1.79e308 && std::isfinite(size));
    return true;
  }

  std::optional<std::uint32_t> four_digits() {
    if (rest_.size() < 4) return std::nullopt;
    std::uint32_t code = 0;
    for (const char c : rest_.substr(0, 4)) {
      const std::size_t digit =
          std::string_view{"0123456789abcdef"}.find(c >= 'A' && c <= 'F' ? char(c + 32) : c);
      if (digit == std::string_view::npos) return std::nullopt;
      code = code * 16 + static_cast<std::uint32_t>(digit);
    }
    rest_.remove_prefix(4);
    return code;
  }

  /// After "\u". Both halves of a character above U+FFFF are given, or none.
  bool escaped_character(std::string& text) {
    auto code = four_digits();
    if (!code || (*code >= 0xDC00 && *code <= 0xDFFF)) return false;
    if (*code >= 0xD800 && *code <= 0xDBFF) {
      if (!take("\\u")) return false;
      const auto low = four_digits();
      if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
      code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
    }
    append_utf8(text, *code);
    return true;
  }

  bool string(std::string& text) {
    if (!take("\"")) return false;
    constexpr std::string_view kShort = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    for (;;) {
      if (take("\"")) return is_utf8_by_encoding(text);
      if (rest_.empty() || static_cast<unsigned char>(rest_.front()) < 0x20) return false;
      if (take("\\u")) {
        if (!escaped_character(text)) return false;
        continue;
      }
      const bool is_escape = take("\\");
      if (rest_.empty()) return false;
      const std::size_t meant = is_escape ? kShort.find(rest_.front()) : std::string_view::npos;
      if (is_escape && meant == std::string_view::npos) return false;
      text.push_back(is_escape ? kMeant[meant] : rest_.front());
      rest_.remove_prefix(1);
    }
  }

  std::string_view rest_;
  JsonReading reading_;
  bool twice_ = false;
};

}  // namespace

JsonReading read_json(std::string_view text) {
  return Reading{text}.whole();
}

bool is_utf8_by_encoding(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto lead = static_cast<unsigned char>(bytes.front());
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (size > bytes.size() || (lead >= 0x80 && lead < 0xC0)) return false;
    std::uint32_t code = size == 1 ? lead : lead & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
      code = code << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3FU);
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    std::string again;
    append_utf8(again, code);
    if (again != bytes.substr(0, size)) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

}  // namespace evalx::fuzz
