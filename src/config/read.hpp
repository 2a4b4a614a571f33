#pragma once
// Reading settings: flags over environment over file over defaults. Pure.

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace evalx::config {

struct FlagValue {
  std::string key;  ///< The name of a Key.
  std::string text;
};

struct Sources {
  struct File {
    std::string name;  ///< The name for error messages.
    std::string text;
  };
  std::optional<File> file;
  Environment environment;
  std::vector<FlagValue> flags;  ///< The last of a repeated flag counts.
};

/// This variable names the settings file if --config does not. load_settings() reads it, and
/// read_settings() ignores it.
inline constexpr const char* kConfigVariable = "EVALX_CONFIG";

/// Reads the variables with the prefix EVALX_, and one without: MAX_CONCURRENT_SANDBOXES, which
/// EVALX_MAX_CONCURRENT_SANDBOXES overrides. Errors: EINVAL with the source ("evalx.toml:3:
/// listen", "EVALX_LISTEN", "--listen") and what is allowed; also for unknown keys and flags. An
/// error shows the wrong value, but no password of a URL and no secret. Ignores unknown variables.
Result<Settings> read_settings(const Sources& sources, Settings defaults);

/// A warning for each variable with the prefix EVALX_ that no key has, with the variable that is
/// nearest to it. It is no error: Kubernetes sets EVALX_PORT and others for a service of that name.
std::vector<std::string> unknown_variables(const Environment& environment);

}  // namespace evalx::config
