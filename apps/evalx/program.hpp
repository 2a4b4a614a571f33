#pragma once
// Program: a file of the user's with its language.

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "flags.hpp"
#include "language/catalogue.hpp"
#include "submission/submission.hpp"

namespace evalx::app {

inline constexpr Bytes kMaxProgramFile = mebibytes(16);

/// Its path is the file's name alone. Errors: the system's; EFBIG.
Result<ProgramFile> read_program(const std::filesystem::path& path);

/// By name if one is given, else by the file's ending. Errors: EINVAL if there is no such language;
/// ENOTSUP, with what to install, if its tools are missing.
Result<const language::Language*> choose_language(const language::Catalogue& catalogue,
                                                  const ProgramFlags& program);

/// The file under a name its language takes: its own, if that has one of the language's endings.
ProgramFile named_for(const language::Language& language, ProgramFile file);

}  // namespace evalx::app
