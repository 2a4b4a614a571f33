#include "http_reading.hpp"

#include <algorithm>
#include <charconv>

namespace evalx::fuzz {
namespace {

std::string lower(std::string_view text) {
  std::string lowered{text};
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes the line at the start of `bytes` and its CRLF; nullopt if there is none.
std::optional<std::string_view> take_line(std::string_view& bytes) {
  const std::size_t end = bytes.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(end + 2);
  return line;
}

std::optional<std::size_t> number(std::string_view text, int base) {
  std::size_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || rest != end || error != std::errc{}) return std::nullopt;
  return value;
}

/// Takes chunks, the last one and the trailers from `bytes`. Returns the body: the data of all.
std::optional<std::string> take_chunks(std::string_view& bytes) {
  std::string body;
  for (;;) {
    const auto line = take_line(bytes);
    if (!line) return std::nullopt;
    const auto size = number(trimmed(line->substr(0, line->find(';'))), 16);
    if (!size || *size > bytes.size()) return std::nullopt;
    if (*size == 0) break;
    body += bytes.substr(0, *size);
    bytes.remove_prefix(*size);
    if (!bytes.starts_with("\r\n")) return std::nullopt;
    bytes.remove_prefix(2);
  }
  for (;;) {
    const auto trailer = take_line(bytes);
    if (!trailer) return std::nullopt;
    if (trailer->empty()) return body;
  }
}

}  // namespace

std::optional<HttpReading> read_http(std::string_view bytes) {
  const std::string_view all = bytes;
  HttpReading reading;
  const auto line = take_line(bytes);
  if (!line) return std::nullopt;
  reading.method = line->substr(0, line->find(' '));
  const std::size_t version = line->rfind(' ');
  if (version == std::string_view::npos || version <= reading.method.size()) return std::nullopt;
  reading.target = line->substr(reading.method.size() + 1, version - reading.method.size() - 1);
  std::optional<std::size_t> length;
  bool is_chunked = false;
  for (;;) {
    const auto field = take_line(bytes);
    if (!field) return std::nullopt;
    if (field->empty()) break;
    ++reading.fields;
    const std::size_t colon = field->find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string name = lower(field->substr(0, colon));
    const std::string_view value = trimmed(field->substr(colon + 1));
    if (name == "content-length") {
      if (length || !(length = number(value, 10))) return std::nullopt;
    }
    if (name == "transfer-encoding") {
      if (is_chunked || lower(value) != "chunked") return std::nullopt;
      is_chunked = true;
    }
  }
  if (is_chunked && length) return std::nullopt;
  reading.head_bytes = all.size() - bytes.size();
  if (is_chunked) {
    auto body = take_chunks(bytes);
    if (!body) return std::nullopt;
    reading.body = *std::move(body);
  } else if (length) {
    if (*length > bytes.size()) return std::nullopt;
    reading.body = std::string{bytes.substr(0, *length)};
    bytes.remove_prefix(*length);
  }
  reading.bytes = all.size() - bytes.size();
  return reading;
}

}  // namespace evalx::fuzz
