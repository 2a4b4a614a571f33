#pragma once
// SettingsFlags: the server's settings as flags of a command: all of them, or those it has use for.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/read.hpp"
#include "service/role.hpp"

namespace CLI {
class App;
}

namespace evalx::app {

/// What was given on a command line. Must live as long as the command.
struct SettingsFlags {
  service::Role role = service::Role::Serve;
  std::optional<std::string> config_file;
  std::vector<config::FlagValue> values;
};

/// A flag for every key that the role uses, and --config.
void add_settings_flags(CLI::App& command, SettingsFlags& flags);
/// A flag for each key that `run`, `judge` and `languages` share with the server.
void add_local_flags(CLI::App& command, SettingsFlags& flags);

/// --config, and a flag for each key that tells where the queue is.
void add_queue_flags(CLI::App& command, SettingsFlags& flags);

/// Whether a flag or a variable says it.
bool is_given(const SettingsFlags& flags, std::string_view key);

/// As a server reads them: flags over environment over file. Errors: load_settings()'s, and
/// check_settings()'s.
Result<config::Settings> load_settings(const SettingsFlags& flags);
/// As load_settings(), for one who only wants the queue: none of a server's own demands.
Result<config::Settings> load_queue_settings(const SettingsFlags& flags);
/// Flags over the variables of the same keys; no file, and whatever else is set stays unread.
/// Errors: read_settings()'s.
Result<config::Settings> load_local_settings(const SettingsFlags& flags);

}  // namespace evalx::app
