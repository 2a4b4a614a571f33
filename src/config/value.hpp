#pragma once
// Value: reads the text of one setting strictly into its type. A refusal lists what is allowed.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "config/settings.hpp"

namespace evalx::config {

/// A value; or what is allowed, such as "must be true or false", for a message that begins with the
/// key.
template <class T>
using Parsed = tl::expected<T, std::string>;

struct Address {
  std::string host;  ///< Without brackets.
  std::uint16_t port = 0;
};

/// "127.0.0.1:2358" or "[::1]:2358": a numeric address; "localhost:2358" is 127.0.0.1, and ":2358"
/// every address of IPv4.
Parsed<Address> parse_address(std::string_view text);
/// Decimal digits and nothing else.
Parsed<std::uint64_t> parse_count(std::string_view text, std::uint64_t least, std::uint64_t most);
/// Any text that is not empty and has no NUL.
Parsed<std::filesystem::path> parse_path(std::string_view text);
/// The path of a file: any text that is not empty and has no NUL.
Parsed<std::filesystem::path> parse_file(std::string_view text);
/// "a.example,b": names of hosts without ports; they become lower case. "" is none.
Parsed<std::vector<std::string>> parse_hosts(std::string_view text);
/// "https://a.example,http://b:8080": origins as browsers send them, in lower case and without the
/// default port of their scheme; "" is none.
Parsed<std::vector<std::string>> parse_origins(std::string_view text);
/// "whsec_…" or "whsec_…,whsec_…": secrets that sign webhooks, in the form that
/// webhook::SigningSecrets::parse() reads; "" is none. The refusal has no part of the text.
Parsed<std::vector<std::string>> parse_secrets(std::string_view text);
/// "sqlite" or redis://…; queue::redis::parse_address() checks the rest of the URL.
Parsed<QueueChoice> parse_queue(std::string_view text);
/// "true" or "false".
Parsed<bool> parse_truth(std::string_view text);
/// An absolute path, or a name without slashes.
Parsed<std::string> parse_program(std::string_view text);

/// The words for the values of an enumeration, in the order in which help lists them.
template <class T>
using Words = std::span<const std::pair<T, std::string_view>>;

/// "must be a, b or c".
template <class T>
std::string allowed_words(Words<T> words) {
  std::string text = "must be ";
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i].second;
  }
  return text;
}

template <class T>
Parsed<T> parse_word(Words<T> words, std::string_view text) {
  for (const auto& [value, word] : words) {
    if (word == text) return value;
  }
  return tl::make_unexpected(allowed_words(words));
}

template <class T>
std::string_view word_of(Words<T> words, T wanted) {
  for (const auto& [value, word] : words) {
    if (value == wanted) return word;
  }
  return {};
}

}  // namespace evalx::config
