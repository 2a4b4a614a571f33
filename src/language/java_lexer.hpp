#pragma once
// Java lexer: the words and marks of a Java source, without comments and the text of literals.

#include <string>
#include <string_view>
#include <vector>

namespace evalx::language {

enum class JavaTokenKind {
  Word,     ///< Identifier, keyword or number.
  Mark,     ///< One character of punctuation.
  Literal,  ///< String, text block or character, without its text.
};

struct JavaToken {
  JavaTokenKind kind;
  std::string_view text;

  [[nodiscard]] bool is(std::string_view expected) const {
    return kind != JavaTokenKind::Literal && text == expected;
  }
};

/// Replaces Unicode escapes (\uXXXX) by their characters: JLS 3.3, the step before the lexer.
std::string without_unicode_escapes(std::string_view source);

/// The tokens point into `source`, which must outlive them. A comment or literal without its end
/// goes to the end of the source; a string goes at most to the end of its line.
std::vector<JavaToken> lex_java(std::string_view source);

}  // namespace evalx::language
