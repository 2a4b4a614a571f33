// Strict JSON: it accepts exactly the texts that a second reading of RFC 8259 accepts, within the
// bounds, and Boost.JSON's own parser reads the same value from them. A value that is written and
// read again is the same; a refusal has a reason.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <cstdint>

#include "base/assert.hpp"
#include "base/strict_json.hpp"
#include "base/utf8.hpp"
#include "json_reading.hpp"

using namespace evalx;
using fuzz::JsonReading;

namespace json = boost::json;

namespace {

/// The same, but for the last digit of a double: Boost.JSON 1.81 does not read every double that it
/// writes as the same.
bool is_same(const json::value& a, const json::value& b) {
  if (a.is_double() && b.is_double()) {
    const double x = a.get_double();
    const double y = b.get_double();
    return x == y || std::abs(x - y) <= 4e-16 * std::abs(x);
  }
  if (a.kind() != b.kind()) return false;
  if (const json::array* list = a.if_array()) {
    const json::array& other = b.get_array();
    if (list->size() != other.size()) return false;
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (!is_same((*list)[i], other[i])) return false;
    }
    return true;
  }
  if (const json::object* object = a.if_object()) {
    const json::object& other = b.get_object();
    if (object->size() != other.size()) return false;
    for (const auto& member : *object) {
      const json::value* const twin = other.if_contains(member.key());
      if (twin == nullptr || !is_same(member.value(), *twin)) return false;
    }
    return true;
  }
  return a == b;
}

/// The texts of a value are UTF-8, also those that were written with escapes.
void check_texts(const json::value& value) {
  if (const json::string* text = value.if_string()) {
    EVALX_ASSERT(fuzz::is_utf8_by_encoding({text->data(), text->size()}));
  } else if (const json::array* list = value.if_array()) {
    for (const json::value& element : *list) check_texts(element);
  } else if (const json::object* object = value.if_object()) {
    for (const auto& member : *object) {
      EVALX_ASSERT(fuzz::is_utf8_by_encoding({member.key().data(), member.key().size()}));
      check_texts(member.value());
    }
  }
}

void check_refusal(const JsonError& error, std::size_t size) {
  EVALX_ASSERT(!error.message.empty() && error.path.size() <= 8 * size);
}

void check_accepted(const json::value& value, std::string_view text, JsonBounds bounds) {
  check_texts(value);
  json::error_code error;
  const json::value other = json::parse({text.data(), text.size()}, error);
  EVALX_ASSERT(!error && is_same(value, other));
  const std::string written = json::serialize(value);
  const auto again = parse_strict(written, bounds);
  EVALX_ASSERT(again && is_same(value, *again));
}

void check(std::string_view text, const JsonReading& reading, JsonBounds bounds) {
  const auto value = parse_strict(text, bounds);
  const bool fits = reading.depth <= bounds.depth && reading.values <= bounds.values;
  const bool is_right = reading.verdict == JsonReading::Verdict::Valid && fits && !reading.is_huge;
  EVALX_ASSERT(value.has_value() == is_right || (is_right && reading.is_near));
  if (value) return check_accepted(*value, text, bounds);
  check_refusal(value.error(), text.size());
  if (reading.verdict == JsonReading::Verdict::TwiceTheSameKey && fits && !reading.is_huge &&
      !reading.is_near) {
    EVALX_ASSERT(value.error().message == "this key is given twice");
    json::error_code error;
    json::parse({text.data(), text.size()}, error);
    EVALX_ASSERT(!error);  // Boost.JSON finds no other fault in it.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  EVALX_ASSERT(is_utf8(text) == fuzz::is_utf8_by_encoding(text));
  const JsonReading reading = fuzz::read_json(text);
  check(text, reading, {});
  check(text, reading, {.depth = 3, .values = 12});
  return 0;
}
