#pragma once
// Loading: reads the settings from this process' environment and settings file.

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/read.hpp"

namespace evalx::config {

/// In the working directory. Read if it exists and no other file is named.
inline constexpr const char* kDefaultFile = "evalx.toml";

/// This process' environment.
Environment environment_of_process();

/// The CPUs that this process may use, nine tenths of the machine's memory, and whether this
/// process is root.
Machine this_machine();

/// `config_file` is the value of --config. Without it EVALX_CONFIG names the file; without both
/// kDefaultFile is read. Errors: read_settings()'s; ENOENT if a named file is missing; those of
/// reading the file, with its path.
Result<Settings> load_settings(const std::optional<std::string>& config_file,
                               std::vector<FlagValue> flags, Settings defaults);

}  // namespace evalx::config
