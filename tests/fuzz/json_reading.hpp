#pragma once
// JsonReading: a second reading of RFC 8259, written without Boost.JSON, to compare parse_strict()
// with.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace evalx::fuzz {

struct JsonReading {
  enum class Verdict { Valid, Malformed, TwiceTheSameKey };

  Verdict verdict = Verdict::Malformed;
  std::size_t depth = 0;   ///< The most levels of arrays and objects around a value. If valid.
  std::size_t values = 0;  ///< Values and keys. If valid.
  bool is_huge = false;    ///< Has a number that is too large for a double. If valid.
  bool is_near = false;    ///< Has one that is nearly so, an exponent of many digits, or a zero with one of
                           ///< three. If valid.
};

/// Reads the whole text. A key that is given twice is found only if the text is otherwise valid.
JsonReading read_json(std::string_view text);

/// Whether the bytes are UTF-8, by decoding and encoding each character again.
bool is_utf8_by_encoding(std::string_view bytes);

}  // namespace evalx::fuzz
