#pragma once
// Loading: gathers this process' environment and settings file, and reads them.

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/read.hpp"

namespace evalx::config {

/// Taken if it is there and no other file is named.
inline constexpr const char* kDefaultFile = "evalx.toml";

/// This process' environment.
Environment environment_of_process();

/// `config_file`: of --config, over EVALX_CONFIG, over kDefaultFile.
/// Errors: read_settings()'s; ENOENT and others with the path of a named file.
Result<Settings> load_settings(const std::optional<std::string>& config_file,
                               std::vector<FlagValue> flags, Settings defaults);

}  // namespace evalx::config
