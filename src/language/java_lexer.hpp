#pragma once
// Java lexer: the words and marks of a Java source, without comments and the insides of literals.

#include <string>
#include <string_view>
#include <vector>

namespace evalx::language {

enum class JavaTokenKind {
  Word,     ///< Identifier, keyword or number.
  Mark,     ///< One character of punctuation.
  Literal,  ///< String, text block or character; the text is left out.
};

struct JavaToken {
  JavaTokenKind kind;
  std::string_view text;

  [[nodiscard]] bool is(std::string_view expected) const {
    return kind != JavaTokenKind::Literal && text == expected;
  }
};

/// Unicode escapes (\uXXXX) as the characters they mean: JLS 3.3, the step before the lexer.
std::string without_unicode_escapes(std::string_view source);

/// The tokens point into `source`. An unclosed comment or literal ends with the source, a string
/// also with its line.
std::vector<JavaToken> lex_java(std::string_view source);

}  // namespace evalx::language
