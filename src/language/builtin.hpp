#pragma once
// Builtin: the languages/*.toml of the source tree, as embed.cmake puts them into the binary.

#include <span>
#include <string_view>

namespace evalx::language {

struct BuiltinFile {
  std::string_view name;  ///< "cpp.toml"
  std::string_view content;
};

std::span<const BuiltinFile> builtin_files();

}  // namespace evalx::language
