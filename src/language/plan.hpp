#pragma once
// Plan: how one program in one language is compiled and run. Pure: from values to values.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "language/language.hpp"

namespace evalx::language {

inline constexpr std::size_t kMaxOptionBytes = 256;

/// The folder below /box that a compile step fills; what is in it becomes /box of every run.
inline constexpr const char* kOutFolder = "out";

/// What the program itself may use, without the language's allowance.
struct ProgramLimits {
  Bytes memory;
  Bytes stack;
};

struct Plan {
  /// To be placed into /box: for the compile step, or for every run if there is none. The client's
  /// files, a nameless one now with a name, and the language's support files.
  std::vector<ProgramFile> files;
  std::optional<std::vector<std::string>> compile;  ///< argv, cwd /box.
  std::vector<std::string> compile_environment;     ///< "NAME=value".
  std::vector<std::string> run;                     ///< argv, cwd /box; a test's args go behind it.
  std::vector<std::string> run_environment;
  /// Everything but `files` that decides what the compile step makes: language, version, argv,
  /// environment. Two plans with equal digest_input and files may share an artifact.
  std::string digest_input;
};

/// Whether each option matches one of the language's patterns as a whole. Errors: EINVAL with a
/// text for the client that names the option.
Result<> check_options(const Language& language, std::span<const std::string> options);

/// `files`: of several the first with one of the language's endings is the entry; a single one may
/// have an empty path. Errors: EINVAL with a text for the client.
Result<Plan> plan(const Language& language, std::vector<ProgramFile> files,
                  std::span<const std::string> options, ProgramLimits limits);

}  // namespace evalx::language
