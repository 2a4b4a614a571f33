#pragma once
// Program: a file of the user's with its language, ready to be compiled and run.

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "judge/compiler.hpp"
#include "language/catalogue.hpp"
#include "language/plan.hpp"
#include "submission/submission.hpp"

namespace evalx::app {

inline constexpr Bytes kMaxProgramFile = mebibytes(16);

/// Its path is the file's name alone. Errors: the system's; EFBIG.
Result<submission::SourceFile> read_program(const std::filesystem::path& path);

/// By name if one is given, else by the file's ending. Errors: EINVAL if there is no such language;
/// ENOTSUP, with what to install, if its tools are missing.
Result<const language::Language*> choose_language(const language::Catalogue& catalogue,
                                                  const std::string& name, const std::string& file);

/// The file under a name its language takes: its own, if that has one of the language's endings.
submission::SourceFile named_for(const language::Language& language, submission::SourceFile file);

/// What a language's own machinery needs comes on top of what the program may use.
submission::Limits with_allowance(submission::Limits limits, const language::Language& language);

/// The compile step of a plan that has one; takes the plan's files.
judge::Compilation compilation_of(const language::Language& language, language::Plan& plan);

/// The files of a plan without a compile step, as the box takes them.
Result<sandbox::PackFd> packed_sources(language::Plan& plan);

}  // namespace evalx::app
