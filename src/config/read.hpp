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
    std::string name;  ///< As complaints name it.
    std::string text;
  };
  std::optional<File> file;
  Environment environment;
  std::vector<FlagValue> flags;  ///< Of a flag given twice the last one counts.
};

/// EVALX_CONFIG names the file where --config does not: load.hpp reads it.
inline constexpr const char* kConfigVariable = "EVALX_CONFIG";

/// Variables beside EVALX_*: MAX_CONCURRENT_SANDBOXES, below its EVALX_ twin.
/// Errors: EINVAL with the source ("evalx.toml:3: listen", "EVALX_LISTEN", "--listen") and what is
/// allowed; also for unknown keys and for EVALX_ variables that mean nothing.
Result<Settings> read_settings(const Sources& sources, Settings defaults);

}  // namespace evalx::config
