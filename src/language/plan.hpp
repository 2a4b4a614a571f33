#pragma once
// Plan: how to compile and run one program in one language. Pure functions: they read no files.

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

/// The compile step writes to this folder in /box; its files become the /box of every run.
inline constexpr const char* kOutFolder = "out";

/// The limits of the program itself, without the language's allowance.
struct ProgramLimits {
  Bytes memory;
  Bytes stack;
};

struct Plan {
  /// The client's files, all with names, and the language's support files. They are placed into
  /// /box for the compile step; without a compile step, for every run.
  std::vector<ProgramFile> files;
  std::optional<std::vector<std::string>> compile;  ///< argv, cwd /box.
  std::vector<std::string> compile_environment;     ///< "NAME=value".
  std::vector<std::string> run;                     ///< argv, cwd /box; a test's args are appended.
  std::vector<std::string> run_environment;
  /// Everything except `files` on which the result of the compile step depends: language, version,
  /// argv, environment. Two plans with equal digest_input and files can share a compiled program.
  std::string digest_input;
};

/// Checks that each option matches one of the language's patterns completely. Errors: EINVAL with a
/// text for the client, which contains the option.
Result<> check_options(const Language& language, std::span<const std::string> options);

/// `files`: the first one with an ending of the language is the entry; the path of a single file
/// may be empty. Errors: EINVAL with a text for the client.
Result<Plan> plan(const Language& language, std::vector<ProgramFile> files,
                  std::span<const std::string> options, ProgramLimits limits);

}  // namespace evalx::language
