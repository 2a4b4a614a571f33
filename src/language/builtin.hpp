#pragma once
// Builtin: the files languages/*.toml, built into the binary.

#include <span>

#include "base/embedded_file.hpp"

namespace evalx::language {

std::span<const EmbeddedFile> builtin_files();

}  // namespace evalx::language
