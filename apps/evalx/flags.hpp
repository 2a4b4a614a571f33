#pragma once
// Flags whose values have units or bounds: a wrong one is told what is allowed.

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "settings_flags.hpp"
#include "submission/limits.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace evalx::app {

// The default is what `target` holds, and is put behind `help`.
CLI::Option* add_duration(CLI::App& command, const std::string& flag, Microseconds& target,
                          const std::string& help);
CLI::Option* add_size(CLI::App& command, const std::string& flag, Bytes& target, Bytes least,
                      const std::string& help);
CLI::Option* add_count(CLI::App& command, const std::string& flag, unsigned& target, unsigned most,
                       const std::string& help);

/// From 0 to submission::kMaxTolerance.
CLI::Option* add_tolerance(CLI::App& command, const std::string& flag, double& target,
                           const std::string& help);

/// Which program, and in what language: for the commands that take one.
struct ProgramFlags {
  std::string file;
  std::string language;  ///< Empty: by the file's ending.
  std::vector<std::string> compiler_options;
  SettingsFlags settings;
};

/// FILE.
void add_program_file(CLI::App& command, ProgramFlags& flags);
/// --language, --compiler-option, and those of add_local_flags().
void add_program_flags(CLI::App& command, ProgramFlags& flags);

/// What a user may decide of the limits of his program.
struct LimitFlags {
  submission::Limits limits;
  std::optional<Microseconds> wall_time;  ///< nullopt: follows from the CPU time, see limits_of().
};

/// --cpu-time, --wall-time, --memory, --stack, --file-size, --processes.
void add_limit_flags(CLI::App& command, LimitFlags& flags, const std::string& wall_time_default);

}  // namespace evalx::app
