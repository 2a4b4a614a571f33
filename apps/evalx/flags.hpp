#pragma once
// Flags: flags with units or bounds. An error message for a wrong value lists what is allowed.

#include <string>
#include <string_view>
#include <vector>

#include "settings_flags.hpp"
#include "submission/limits.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace evalx::app {

// The targets and flags must outlive `command`.

/// A flag for a whole number from 1 to `most`. `target` holds the default, which is appended to
/// `help`.
CLI::Option* add_count(CLI::App& command, const std::string& flag, unsigned& target, unsigned most,
                       const std::string& help);

/// A flag for a number from 0 to submission::kMaxTolerance; the default as in add_count().
CLI::Option* add_tolerance(CLI::App& command, const std::string& flag, double& target,
                           const std::string& help);

/// The program and its language, for commands that take a program.
struct ProgramFlags {
  std::string file;
  std::string language;  ///< Empty: chosen by the ending of the file.
  std::vector<std::string> compiler_options;
  SettingsFlags settings{config::Role::Local, {}, {}};
};

/// The argument FILE.
void add_program_file(CLI::App& command, ProgramFlags& flags);
/// --language, --compiler-option, and the flags of add_settings_flags().
void add_program_flags(CLI::App& command, ProgramFlags& flags);

/// The limits of a program, as the user may set them.
struct LimitFlags {
  enum class Outputs {
    Limited,  ///< Captured: their size has a limit and a flag.
    Passed,   ///< Connected to the terminal: without a limit.
  };
  static constexpr std::string_view kWallTime = "wall_time_ms";
  static constexpr std::string_view kOutput = "output_kb";

  submission::Limits limits;
  bool has_wall_time = false;  ///< If false, the command derives the wall time.
};

/// A flag for each of submission::limit_fields() that has one. Help shows the defaults in `flags`,
/// and for the wall time, which the command derives, the text `wall_time_default`.
void add_limit_flags(CLI::App& command, LimitFlags& flags, const std::string& wall_time_default,
                     LimitFlags::Outputs outputs);

}  // namespace evalx::app
