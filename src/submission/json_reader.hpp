#pragma once
// Reading JSON values strictly: every misfit becomes a complaint with its path, none is repaired.

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

/// Numbers of a document: from `least` to `most` in the domain's units, `scale` of which are one of
/// the document's. With Decimals::Thousandths up to three decimals are taken, else none.
struct NumberRule {
  enum class Decimals { None, Thousandths };
  std::uint64_t least;
  std::uint64_t most;
  std::uint64_t scale = 1;
  Decimals decimals = Decimals::None;
};

/// These return nullopt after a complaint. Texts are taken out of the value, so that a large
/// document is held only once.
std::optional<std::string> take_text(boost::json::value& value, std::string path, Complaints&);
std::optional<std::string> take_base64(boost::json::value& value, std::string path, Complaints&);
std::optional<std::uint64_t> read_number(const boost::json::value& value, std::string path,
                                         NumberRule rule, Complaints&);
std::optional<double> read_double(const boost::json::value& value, std::string path, Complaints&);
std::optional<bool> read_bool(const boost::json::value& value, std::string path, Complaints&);
/// nullptr, after a complaint, unless it is an array of at most `most` elements.
boost::json::array* read_array(boost::json::value& value, std::string path, std::size_t most,
                               Complaints&);

/// What the parser refused, as a fault; its path is cut, for it is made of the client's keys.
FieldErrors parse_fault(JsonError error);

std::string element_path(std::string_view path, std::size_t index);

/// One object whose fields are known. `value` and the complaints must outlive it.
class ObjectReader {
 public:
  /// Complains of a value that is no object and of fields that are not in `fields`.
  ObjectReader(boost::json::value& value, std::string path, FieldNames fields,
               Complaints& complaints);

  [[nodiscard]] std::string path_of(std::string_view field) const;
  /// nullptr if the field is absent.
  [[nodiscard]] boost::json::value* find(std::string_view field);
  /// nullptr after a complaint.
  [[nodiscard]] boost::json::value* require(std::string_view field);
  [[nodiscard]] bool has(std::string_view field) { return find(field) != nullptr; }
  [[nodiscard]] bool is_object() const { return object_ != nullptr; }

  std::optional<std::string> text(std::string_view field);
  /// The bytes of `field` or of its twin `field_base64`; complains if both are there.
  std::optional<std::string> bytes(std::string_view field);
  std::optional<std::uint64_t> number(std::string_view field, NumberRule rule);
  std::optional<bool> boolean(std::string_view field);
  Complaints& complaints() { return complaints_; }

  /// The value that stands for the text of `field` in `words`; nullopt if it is absent or unknown.
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
