#pragma once
// SettingsFile: evalx.toml as a list of keys and texts, each with its line for error messages.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/keys.hpp"

namespace evalx::config {

inline constexpr std::size_t kMaxSettingsFileBytes = 64UL * 1024;

struct FileValue {
  const Key* key = nullptr;
  std::string text;
  std::string place;  ///< "evalx.toml:3".
};

/// `file` is the name for messages. Checks the shape of the values and no bounds. Errors: EINVAL
/// with "evalx.toml:3: " and what is wrong: not TOML, an unknown key, a value that does not have
/// the shape of its key; without a line if the file is larger than kMaxSettingsFileBytes.
Result<std::vector<FileValue>> parse_settings_file(std::string_view text, const std::string& file);

}  // namespace evalx::config
