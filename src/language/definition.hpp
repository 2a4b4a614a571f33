#pragma once
// Definition: one languages/*.toml, read and checked to the last key.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "language/language.hpp"

namespace evalx::language {

inline constexpr std::size_t kMaxDefinitionBytes = 64 * 1024;

/// A language and where it was said, for complaints that need more than one file to be seen.
struct Definition {
  Language language;
  std::string file;
  std::uint32_t id_line = 0;
  std::uint32_t aliases_line = 0;
  std::uint32_t endings_line = 0;
  std::uint32_t judge0_ids_line = 0;
};

/// `file` is the path to name in errors; its stem must be the language's id.
/// Errors: EINVAL with "file:line: key: what is wrong".
Result<Definition> parse_definition(std::string_view text, const std::string& file);

}  // namespace evalx::language
