#pragma once
// Program: reads the user's program and chooses its language.

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "flags.hpp"
#include "language/catalogue.hpp"
#include "submission/submission.hpp"

namespace evalx::app {

inline constexpr Bytes kMaxProgramFile = mebibytes(16);
/// As FILE: the source is read from stdin.
inline constexpr std::string_view kStdin = "-";

/// The result's path is the file name without folders, or empty for kStdin. Errors: the system's;
/// EFBIG for a file larger than kMaxProgramFile.
Result<ProgramFile> read_program(const std::filesystem::path& path);

/// Chooses by name if one is given, otherwise by the ending of the file. Errors: EINVAL if no
/// language matches; ENOTSUP, with what to install, if its tools are missing.
Result<const language::Language*> choose_language(const language::Catalogue& catalogue,
                                                  const ProgramFlags& program);

/// The complaint about a name that no language has, with one that is near.
std::string unknown_language(const language::Catalogue& catalogue, const std::string& name);

/// The file with a name that its language accepts: its own name if the ending fits, otherwise none.
ProgramFile named_for(const language::Language& language, ProgramFile file);

}  // namespace evalx::app
