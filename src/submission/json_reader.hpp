#pragma once
// Reading JSON values strictly: every wrong value becomes a complaint with its path.

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/strict_json.hpp"
#include "submission/field_errors.hpp"
#include "submission/schema.hpp"

namespace evalx::submission {

/// The rule for a number of a document. `least`, `most` and the value that is read are in the
/// domain's units (µs, bytes); one unit of the document (ms, KiB) is `scale` of them.
/// Decimals::Thousandths allows up to three decimals and needs scale == 1000.
struct NumberRule {
  enum class Decimals { None, Thousandths };
  std::uint64_t least;
  std::uint64_t most;
  std::uint64_t scale = 1;
  Decimals decimals = Decimals::None;
};

/// If the value is wrong, these add a complaint and return nullopt. Texts are moved out of the
/// value, so that a large document is in memory only once.
std::optional<std::string> take_text(boost::json::value& value, std::string path, Complaints&);
std::optional<std::string> take_base64(boost::json::value& value, std::string path, Complaints&);
std::optional<std::uint64_t> read_number(const boost::json::value& value, std::string path,
                                         NumberRule rule, Complaints&);
std::optional<double> read_double(const boost::json::value& value, std::string path, Complaints&);
std::optional<bool> read_bool(const boost::json::value& value, std::string path, Complaints&);
/// Returns nullptr after a complaint if `value` is not an array or has more than `most` elements.
boost::json::array* read_array(boost::json::value& value, std::string path, std::size_t most,
                               Complaints&);

/// The parser's error as a fault. Shortens its path, which contains keys that the client chose.
FieldErrors parse_fault(JsonError error);

std::string element_path(std::string_view path, std::size_t index);

/// Reads one object with known fields. `value` and the complaints must outlive the reader.
class ObjectReader {
 public:
  /// Complains if `value` is not an object, and about each field that is not in `fields`.
  ObjectReader(boost::json::value& value, std::string path, FieldNames fields,
               Complaints& complaints);

  [[nodiscard]] std::string path_of(std::string_view field) const;
  /// Returns nullptr if the field is absent.
  [[nodiscard]] boost::json::value* find(std::string_view field);
  /// Returns nullptr, after a complaint, if the field is absent.
  [[nodiscard]] boost::json::value* require(std::string_view field);
  [[nodiscard]] bool has(std::string_view field) { return find(field) != nullptr; }
  [[nodiscard]] bool is_object() const { return object_ != nullptr; }

  // These return nullopt if the field is absent, and also, after a complaint, if it is wrong.
  std::optional<std::string> text(std::string_view field);
  /// The bytes of `field` or of its twin `field_base64`; complains if both are given.
  std::optional<std::string> bytes(std::string_view field);
  std::optional<std::uint64_t> number(std::string_view field, NumberRule rule);
  std::optional<bool> boolean(std::string_view field);
  Complaints& complaints() { return complaints_; }

  /// The value that `words` has for the text of `field`; complains about an unknown word.
  template <class T>
  std::optional<T> word(std::string_view field,
                        std::span<const std::pair<T, std::string_view>> words) {
    const auto given = text(field);
    if (!given) return std::nullopt;
    std::string known;
    for (const auto& [value, text_of] : words) {
      if (text_of == *given) return value;
      known.append(known.empty() ? "" : ", ").append(text_of);
    }
    complaints_.add(path_of(field), "must be one of: " + known);
    return std::nullopt;
  }

 private:
  boost::json::object* object_ = nullptr;
  std::string path_;
  Complaints& complaints_;
};

}  // namespace evalx::submission
