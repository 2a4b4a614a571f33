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

/// Names the file if --config does not; load.hpp reads it.
inline constexpr const char* kConfigVariable = "EVALX_CONFIG";

/// The only variable without the prefix EVALX_ is MAX_CONCURRENT_SANDBOXES, which the variable with
/// the prefix overrides. Errors: EINVAL with the source ("evalx.toml:3: listen", "EVALX_LISTEN",
/// "--listen") and what is allowed; also for unknown keys and unknown EVALX_ variables.
Result<Settings> read_settings(const Sources& sources, Settings defaults);

}  // namespace evalx::config
