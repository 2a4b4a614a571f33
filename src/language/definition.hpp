#pragma once
// Definition: one file languages/*.toml, read and checked completely.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "language/language.hpp"

namespace evalx::language {

inline constexpr std::size_t kMaxDefinitionBytes = 64 * 1024;

/// A language and the lines of its names, for errors that involve two files.
struct Definition {
  Language language;
  std::string file;
  std::uint32_t id_line = 0;
  std::uint32_t aliases_line = 0;
  std::uint32_t endings_line = 0;
  std::uint32_t judge0_ids_line = 0;
};

/// `file`: the path for error messages; its name without ".toml" must be the language's id.
/// Errors: EINVAL with "file:line: key: problem".
Result<Definition> parse_definition(std::string_view text, const std::string& file);

}  // namespace evalx::language
