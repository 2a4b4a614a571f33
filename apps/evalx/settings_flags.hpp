#pragma once
// SettingsFlags: settings as flags of a command: those that its role uses.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/read.hpp"
#include "config/role.hpp"

namespace CLI {
class App;
}

namespace evalx::app {

/// The settings that were given on a command line. Must live as long as the command.
struct SettingsFlags {
  config::Role role = config::Role::Serve;
  std::optional<std::string> config_file;
  std::vector<config::FlagValue> values;
  bool needs_redis = false;  ///< The command refuses a queue in SQLite: help offers none.
};

/// Adds a flag for every key that `flags.role` uses, and --config unless the role is Local.
void add_settings_flags(CLI::App& command, SettingsFlags& flags);

/// Whether a flag or a variable sets the key. Ignores the settings file.
bool is_given(const SettingsFlags& flags, std::string_view key);

/// Flags over environment over file, for any role but Local. Errors: config::load_settings()'s and
/// service::check_settings()'s.
Result<config::Settings> load_settings(const SettingsFlags& flags);
/// Flags over the variables of the keys that a Local role uses. Reads no file, and ignores all
/// other variables, even wrong ones. Errors: config::read_settings()'s.
Result<config::Settings> load_local_settings(const SettingsFlags& flags);

}  // namespace evalx::app
