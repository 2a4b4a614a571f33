#include "language/java_lexer.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>

namespace evalx::language {
namespace {

bool is_java_word(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return std::isalnum(byte) != 0 || byte == '_' || byte == '$' || byte >= 0x80;
}

void append_utf8(std::string& text, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0U | point >> 6U);
  } else {
    // A surrogate becomes three bytes: identifiers that javac accepts stay different.
    put(0xE0U | point >> 12U);
    put(0x80U | (point >> 6U & 0x3FU));
  }
  put(0x80U | (point & 0x3FU));
}

/// Returns the offset after the next `closing` from `from` on, or the end of the source.
std::size_t behind(std::string_view source, std::string_view closing, std::size_t from) {
  const std::size_t found = source.find(closing, from);
  return found == std::string_view::npos ? source.size() : found + closing.size();
}

std::size_t behind_text_block(std::string_view source, std::size_t from) {
  while (from < source.size()) {
    if (source[from] == '\\') {
      from += 2;
    } else if (source.substr(from, 3) == "\"\"\"") {
      return from + 3;
    } else {
      ++from;
    }
  }
  return source.size();
}

std::size_t behind_quoted(std::string_view source, std::size_t from, char quote) {
  while (from < source.size() && source[from] != '\n') {
    if (source[from] == quote) return from + 1;
    from += source[from] == '\\' ? 2 : 1;
  }
  return std::min(from, source.size());
}

}  // namespace

std::string without_unicode_escapes(std::string_view source) {
  std::string text;
  text.reserve(source.size());
  for (std::size_t at = 0; at < source.size(); ++at) {
    if (source[at] != '\\' || at + 1 == source.size()) {
      text.push_back(source[at]);
      continue;
    }
    std::size_t digits = at + 1;
    while (digits < source.size() && source[digits] == 'u') ++digits;  // \uuu0041 means the same.
    std::uint32_t point = 0;
    const std::string_view hex = source.substr(digits, 4);
    const auto parsed = std::from_chars(hex.data(), hex.data() + hex.size(), point, 16);
    if (digits > at + 1 && hex.size() == 4 && parsed.ptr == hex.data() + hex.size()) {
      append_utf8(text, point);
      at = digits + 3;
    } else {
      // Both at once: the second backslash of a pair does not begin an escape.
      text.append(source.substr(at, 2));
      ++at;
    }
  }
  return text;
}

std::vector<JavaToken> lex_java(std::string_view source) {
  std::vector<JavaToken> tokens;
  std::size_t at = 0;
  while (at < source.size()) {
    const std::string_view rest = source.substr(at);
    const char first = rest.front();
    if (std::isspace(static_cast<unsigned char>(first)) != 0) {
      ++at;
    } else if (rest.starts_with("//")) {
      at = behind(source, "\n", at);
    } else if (rest.starts_with("/*")) {
      at = behind(source, "*/", at + 2);
    } else if (rest.starts_with("\"\"\"")) {
      at = behind_text_block(source, at + 3);
      tokens.push_back({JavaTokenKind::Literal, {}});
    } else if (first == '"' || first == '\'') {
      at = behind_quoted(source, at + 1, first);
      tokens.push_back({JavaTokenKind::Literal, {}});
    } else if (is_java_word(first)) {
      std::size_t end = at + 1;
      while (end < source.size() && is_java_word(source[end])) ++end;
      tokens.push_back({JavaTokenKind::Word, source.substr(at, end - at)});
      at = end;
    } else {
      tokens.push_back({JavaTokenKind::Mark, rest.substr(0, 1)});
      ++at;
    }
  }
  return tokens;
}

}  // namespace evalx::language
