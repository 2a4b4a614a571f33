#pragma once
// JsonWriter: writes JSON directly into one string, so that a large document needs no tree.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"

namespace evalx::submission {

/// Writes commas by itself. The caller must match each begin with an end.
class JsonWriter {
 public:
  void begin_object() { open('{'); }
  void end_object() { text_.push_back('}'); }
  void begin_array() { open('['); }
  void end_array() { text_.push_back(']'); }
  /// `name` must need no escapes.
  void key(std::string_view name);

  /// If `utf8` is not UTF-8, all its bytes above 127 are written as "?".
  void text(std::string_view utf8);
  void text(std::string_view name, std::string_view utf8) {
    key(name);
    text(utf8);
  }
  /// `"name": text`, or `"name_base64": base64` if the bytes are not UTF-8.
  void bytes(std::string_view name, std::string_view bytes);
  void base64(std::string_view bytes);
  void number(std::uint64_t value);
  void signed_number(std::int64_t value);
  /// `value` must be finite.
  void decimal(double value);
  void boolean(bool value);
  void null();
  /// 312.0, 0.9, 1.437: always with a decimal point, and exact to the µs. `time` must not be
  /// negative.
  void milliseconds(Microseconds time);
  /// Appends `json` as it is.
  void raw(std::string_view json);

  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void open(char bracket);
  void separate();
  void escaped(std::string_view utf8);

  std::string text_;
};

/// `thousandths` / 1000, without trailing zeros: "2000", "0.5".
std::string shortest_thousandths(std::uint64_t thousandths);

}  // namespace evalx::submission
