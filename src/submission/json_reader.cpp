#include "submission/json_reader.hpp"

#include <algorithm>
#include <cmath>

#include "base/base64.hpp"
#include "submission/json_writer.hpp"

namespace evalx::submission {
namespace {

namespace json = boost::json;

constexpr double kFirstInexactInteger = 9007199254740992.0;  // 2^53

json::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}

std::string in_document_units(std::uint64_t value, NumberRule rule) {
  if (rule.decimals == NumberRule::Decimals::None) return std::to_string(value / rule.scale);
  return shortest_thousandths(value);
}

std::string range_complaint(NumberRule rule) {
  return "must be between " + in_document_units(rule.least, rule) + " and " +
         in_document_units(rule.most, rule);
}

constexpr std::size_t kShownKeyBytes = 64;
constexpr std::size_t kShownPathBytes = 256;

/// A client's text, shortened so that a hostile key cannot fill the response.
std::string shown(std::string_view key, std::size_t most) {
  if (key.size() <= most) return std::string{key};
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(key[end]) & 0xC0U) == 0x80U) --end;
  return std::string{key.substr(0, end)} + "…";
}

}  // namespace

std::optional<std::string> take_text(json::value& value, std::string path, Complaints& complaints) {
  json::string* text = value.if_string();
  if (text == nullptr) {
    complaints.add(std::move(path), "must be a string");
    return std::nullopt;
  }
  std::string taken{text->data(), text->size()};
  value.emplace_string();
  return taken;
}

std::optional<std::string> take_base64(json::value& value, std::string path,
                                       Complaints& complaints) {
  json::string* text = value.if_string();
  if (text == nullptr) {
    complaints.add(std::move(path), "must be a string");
    return std::nullopt;
  }
  auto decoded = base64_decode({text->data(), text->size()});
  value.emplace_string();
  if (!decoded) complaints.add(std::move(path), "must be padded base64 without line breaks");
  return decoded;
}

std::optional<std::uint64_t> read_number(const json::value& value, std::string path,
                                         NumberRule rule, Complaints& complaints) {
  const bool decimals = rule.decimals == NumberRule::Decimals::Thousandths;
  const auto refuse = [&](std::string why) {
    complaints.add(std::move(path), std::move(why));
    return std::nullopt;
  };
  std::uint64_t amount = 0;
  if (!value.is_number()) {
    return refuse(decimals ? "must be a number" : "must be a whole number");
  }
  if (const double* number = value.if_double()) {
    // Written as !(a >= b) to refuse a NaN, too, if a parser ever makes one.
    if (!(*number >= 0) || *number >= kFirstInexactInteger) return refuse(range_complaint(rule));
    const double scaled = decimals ? *number * 1000 : *number;
    const double rounded = std::round(scaled);
    // A double of a long time, such as 100 days, is not exact to the thousandth.
    const double tolerance = decimals ? std::max(1e-3, scaled * 1e-15) : 0.0;
    if (std::abs(scaled - rounded) > tolerance) {
      return refuse(decimals ? "must have at most three decimals" : "must be a whole number");
    }
    if (rounded >= kFirstInexactInteger) return refuse(range_complaint(rule));
    amount = static_cast<std::uint64_t>(rounded);
    if (!decimals && amount > rule.most / rule.scale) return refuse(range_complaint(rule));
    if (!decimals) amount *= rule.scale;
  } else {
    const std::int64_t* negative = value.if_int64();
    if (negative != nullptr && *negative < 0) return refuse(range_complaint(rule));
    amount = negative != nullptr ? static_cast<std::uint64_t>(*negative) : value.get_uint64();
    if (amount > rule.most / rule.scale) return refuse(range_complaint(rule));
    amount *= rule.scale;
  }
  if (amount < rule.least || amount > rule.most) return refuse(range_complaint(rule));
  return amount;
}

std::optional<double> read_double(const json::value& value, std::string path,
                                  Complaints& complaints) {
  if (!value.is_number()) {
    complaints.add(std::move(path), "must be a number");
    return std::nullopt;
  }
  return value.to_number<double>();
}

std::optional<bool> read_bool(const json::value& value, std::string path, Complaints& complaints) {
  if (const bool* truth = value.if_bool()) return *truth;
  complaints.add(std::move(path), "must be true or false");
  return std::nullopt;
}

json::array* read_array(json::value& value, std::string path, std::size_t most,
                        Complaints& complaints) {
  json::array* array = value.if_array();
  if (array == nullptr) {
    complaints.add(std::move(path), "must be an array");
    return nullptr;
  }
  if (array->size() > most) {
    complaints.add(std::move(path), "must have at most " + std::to_string(most) + " elements");
    return nullptr;
  }
  return array;
}

FieldErrors parse_fault(JsonError error) {
  return {{shown(error.path, kShownPathBytes), std::move(error.message)}};
}

std::string element_path(std::string_view path, std::size_t index) {
  return std::string{path} + "[" + std::to_string(index) + "]";
}

ObjectReader::ObjectReader(json::value& value, std::string path, FieldNames fields,
                           Complaints& complaints)
    : object_(value.if_object()), path_(std::move(path)), complaints_(complaints) {
  if (object_ == nullptr) {
    complaints_.add(path_, "must be an object");
    return;
  }
  for (const auto& member : *object_) {
    const std::string_view key{member.key().data(), member.key().size()};
    if (std::find(fields.begin(), fields.end(), key) == fields.end()) {
      const std::string name = key.empty() ? "\"\"" : shown(key, kShownKeyBytes);
      complaints_.add(path_of(name), "is not a known field");
    }
    if (complaints_.full()) return;
  }
}

std::string ObjectReader::path_of(std::string_view field) const {
  return path_.empty() ? std::string{field} : path_ + "." + std::string{field};
}

json::value* ObjectReader::find(std::string_view field) {
  return object_ == nullptr ? nullptr : object_->if_contains(view(field));
}

json::value* ObjectReader::require(std::string_view field) {
  json::value* value = find(field);
  if (value == nullptr && object_ != nullptr) complaints_.add(path_of(field), "is required");
  return value;
}

std::optional<std::string> ObjectReader::text(std::string_view field) {
  json::value* value = find(field);
  return value == nullptr ? std::nullopt : take_text(*value, path_of(field), complaints_);
}

std::optional<std::string> ObjectReader::bytes(std::string_view field) {
  const std::string twin = std::string{field} + "_base64";
  json::value* encoded = find(twin);
  if (encoded == nullptr) return text(field);
  if (has(field)) {
    complaints_.add(path_of(field), "is given twice: as it is, and as " + twin);
    return std::nullopt;
  }
  return take_base64(*encoded, path_of(twin), complaints_);
}

std::optional<std::uint64_t> ObjectReader::number(std::string_view field, NumberRule rule) {
  json::value* value = find(field);
  return value == nullptr ? std::nullopt : read_number(*value, path_of(field), rule, complaints_);
}

std::optional<bool> ObjectReader::boolean(std::string_view field) {
  json::value* value = find(field);
  return value == nullptr ? std::nullopt : read_bool(*value, path_of(field), complaints_);
}

}  // namespace evalx::submission
