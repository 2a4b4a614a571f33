#include "submission/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serializer.hpp>

#include "base/base64.hpp"
#include "base/utf8.hpp"

namespace evalx::submission {

void JsonWriter::separate() {
  // No value ends with one of these, so any other last character ends a value.
  if (!text_.empty() && std::string_view{"{[:"}.find(text_.back()) == std::string_view::npos) {
    text_.push_back(',');
  }
}

void JsonWriter::open(char bracket) {
  separate();
  text_.push_back(bracket);
}

void JsonWriter::key(std::string_view name) {
  separate();
  text_.append("\"").append(name).append("\":");
}

void JsonWriter::text(std::string_view utf8) {
  if (!is_utf8(utf8)) {
    std::string readable{utf8};
    std::replace_if(
        readable.begin(), readable.end(),
        [](char c) { return static_cast<unsigned char>(c) > 127; }, '?');
    return escaped(readable);
  }
  escaped(utf8);
}

void JsonWriter::escaped(std::string_view utf8) {
  separate();
  boost::json::serializer serializer;
  serializer.reset(boost::json::string_view{utf8.data(), utf8.size()});
  std::array<char, 4096> buffer;
  while (!serializer.done()) {
    const auto piece = serializer.read(buffer.data(), buffer.size());
    text_.append(piece.data(), piece.size());
  }
}

void JsonWriter::base64(std::string_view bytes) {
  separate();
  text_.append("\"").append(base64_encode(bytes)).append("\"");
}

void JsonWriter::bytes(std::string_view name, std::string_view bytes) {
  if (is_utf8(bytes)) {
    key(name);
    escaped(bytes);
  } else {
    key(std::string{name} + "_base64");
    base64(bytes);
  }
}

void JsonWriter::number(std::uint64_t value) {
  separate();
  text_.append(std::to_string(value));
}

void JsonWriter::signed_number(std::int64_t value) {
  separate();
  text_.append(std::to_string(value));
}

void JsonWriter::decimal(double value) {
  separate();
  text_.append(fmt::format("{}", value));
}

void JsonWriter::boolean(bool value) {
  separate();
  text_.append(value ? "true" : "false");
}

void JsonWriter::null() {
  separate();
  text_.append("null");
}

void JsonWriter::milliseconds(Microseconds time) {
  separate();
  std::string number = shortest_thousandths(static_cast<std::uint64_t>(time.count()));
  if (number.find('.') == number.npos) number.append(".0");
  text_.append(number);
}

void JsonWriter::raw(std::string_view json) {
  separate();
  text_.append(json);
}

std::string shortest_thousandths(std::uint64_t thousandths) {
  std::string number = fmt::format("{}.{:03}", thousandths / 1000, thousandths % 1000);
  number.erase(number.find_last_not_of('0') + 1);
  if (number.back() == '.') number.pop_back();
  return number;
}

}  // namespace evalx::submission
