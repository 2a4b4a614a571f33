#include "queue/packed.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/base64.hpp"

namespace evalx::queue {
namespace {

// A packed text is kMark, then pieces: one byte for the coding, four for the length in bytes (little
// endian), the bytes. No JSON text begins with kMark; another text that does is always packed.
constexpr char kMark = '\x01';
constexpr std::size_t kPieceHead = 5;
constexpr std::size_t kLeastString = 64;          // A shorter one is left as it is.
constexpr std::size_t kMostInPiece = 1UL << 30U;  // Longer than any text in a store.

enum class Coding : char { Text = 0, Escaped = 1, Base64 = 2 };

constexpr std::string_view kHex = "0123456789abcdef";
/// The letters of short escapes, and the characters that they mean.
constexpr std::string_view kLetters = "\"\\bfnrt";
constexpr std::string_view kMeanings = "\"\\\b\f\n\r\t";

bool needs_long_escape(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && kMeanings.find(c) == std::string_view::npos) || byte == 0x7f;
}

/// The content of a JSON string as evalX's writer escapes the bytes.
void append_escaped(std::string& text, std::string_view bytes) {
  for (const char c : bytes) {
    const std::size_t meaning = kMeanings.find(c);
    if (meaning != std::string_view::npos) {
      text.append({'\\', kLetters[meaning]});
    } else if (needs_long_escape(c)) {
      const auto byte = static_cast<unsigned char>(c);
      text.append("\\u00").append({kHex[byte >> 4U], kHex[byte & 0xFU]});
    } else {
      text.push_back(c);
    }
  }
}

/// The character of an escape, and its length in the text.
struct Escape {
  char meaning = 0;
  std::size_t length = 0;
};

/// nullopt if append_escaped() does not write it like this.
std::optional<Escape> read_escape(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const std::size_t letter = kLetters.find(text[1]);
  if (letter != std::string_view::npos) return Escape{kMeanings[letter], 2};
  if (text.size() < 6 || !text.starts_with("\\u00")) return std::nullopt;
  const std::size_t high = kHex.find(text[4]);
  const std::size_t low = kHex.find(text[5]);
  if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
  const char meaning = static_cast<char>(high << 4U | low);
  if (!needs_long_escape(meaning)) return std::nullopt;
  return Escape{meaning, 6};
}

/// The bytes whose escaped form `text` is; nullopt if append_escaped() would not return it.
std::optional<std::string> unescaped(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c != '\\') {
      if (c == '"' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
      bytes.push_back(c);
      ++at;
      continue;
    }
    const auto escape = read_escape(text.substr(at));
    if (!escape) return std::nullopt;
    bytes.push_back(escape->meaning);
    at += escape->length;
  }
  return bytes;
}

void append_piece(std::string& stored, Coding coding, std::string_view bytes) {
  if (bytes.empty()) return;
  stored.push_back(static_cast<char>(coding));
  for (unsigned shift = 0; shift < 32; shift += 8) {
    stored.push_back(static_cast<char>(bytes.size() >> shift & 0xFFU));
  }
  stored.append(bytes);
}

/// The end of the string whose content begins at `begin`.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  std::size_t at = begin;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return std::min(at, text.size());
}

struct Piece {
  Coding coding = Coding::Text;
  std::string bytes;
};

/// A smaller form of a string's content, if there is one.
std::optional<Piece> smaller(std::string_view content) {
  if (content.size() < kLeastString) return std::nullopt;
  if (auto bytes = base64_decode(content)) return Piece{Coding::Base64, *std::move(bytes)};
  if (content.find('\\') == std::string_view::npos) return std::nullopt;
  auto bytes = unescaped(content);
  if (!bytes || bytes->size() + 2 * kPieceHead > content.size()) return std::nullopt;
  return Piece{Coding::Escaped, *std::move(bytes)};
}

/// Removes the next piece from `stored`; nullopt if it has none.
std::optional<Piece> take_piece(std::string_view& stored) {
  if (stored.size() < kPieceHead) return std::nullopt;
  const auto coding = static_cast<Coding>(stored.front());
  std::uint32_t size = 0;
  for (unsigned i = 0; i < 4; ++i) {
    size |= static_cast<std::uint32_t>(static_cast<unsigned char>(stored[1 + i])) << (8 * i);
  }
  stored.remove_prefix(kPieceHead);
  if (size > stored.size() || coding > Coding::Base64 || coding < Coding::Text) return std::nullopt;
  Piece piece{coding, std::string(stored.substr(0, size))};
  stored.remove_prefix(size);
  return piece;
}

}  // namespace

std::string packed(std::string text) {
  const bool must = text.starts_with(kMark);
  if ((!must && text.size() < kWorthPacking) || text.size() > kMostInPiece) return text;
  std::string stored(1, kMark);
  const std::string_view view = text;
  std::size_t copied = 0;  // The text before this is stored.
  for (std::size_t quote = view.find('"'); quote != std::string_view::npos;) {
    const std::size_t begin = quote + 1;
    const std::size_t end = end_of_string(view, begin);
    if (const auto piece = smaller(view.substr(begin, end - begin))) {
      append_piece(stored, Coding::Text, view.substr(copied, begin - copied));
      append_piece(stored, piece->coding, piece->bytes);
      copied = end;
    }
    quote = end == view.size() ? std::string_view::npos : view.find('"', end + 1);
  }
  append_piece(stored, Coding::Text, view.substr(copied));
  return must || stored.size() + kWorthPacking <= text.size() ? stored : text;
}

std::optional<std::string> unpacked(std::string stored) {
  if (!stored.starts_with(kMark)) return stored;
  std::string text;
  std::string_view rest = stored;
  rest.remove_prefix(1);
  while (!rest.empty()) {
    const auto piece = take_piece(rest);
    if (!piece) return std::nullopt;
    if (piece->coding == Coding::Text) text.append(piece->bytes);
    if (piece->coding == Coding::Escaped) append_escaped(text, piece->bytes);
    if (piece->coding == Coding::Base64) text.append(base64_encode(piece->bytes));
  }
  return text;
}

}  // namespace evalx::queue
