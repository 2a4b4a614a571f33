#include "settings_flags.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/log.hpp"
#include "config/keys.hpp"
#include "config/load.hpp"
#include "service/role.hpp"
#include "terminal/complaint.hpp"

namespace evalx::app {
namespace {

constexpr std::string_view kRedisHelp =
    "The queue: a Redis that several servers share, redis://[user:password@]host:port/database; "
    "must be given. Put a URL with a password into EVALX_QUEUE or the settings file: other users see "
    "the flags of a process";

/// A command for operators makes no folder.
constexpr std::string_view kOperatorFolderHelp = "Folder of the server, with its queue";

std::string help_of(const config::Key& key, const SettingsFlags& flags) {
  if (flags.needs_redis && key.name == "queue") return std::string{kRedisHelp};
  const bool only_looks = flags.role == config::Role::Operator && key.name == "data_dir";
  return std::string{only_looks ? kOperatorFolderHelp : key.help};
}

config::Settings defaults(config::Role role) {
  auto settings =
      config::default_settings(config::this_machine(), config::environment_of_process());
  settings.listen_port = service::default_port(role);
  return settings;
}

void add_flag(CLI::App& command, const config::Key& key, SettingsFlags& flags) {
  if (key.shape == config::Key::Shape::Truth) {
    // "--allow-weak=maybe" reaches the key, which says what is allowed; plain, the text is "true".
    const auto take = [&flags, name = std::string(key.name)](const std::string& text) {
      flags.values.push_back({name, text});
    };
    const std::string help{key.help};
    command.add_flag(config::flag_of(key.name), help)->each(take);
    return;
  }
  const bool is_redis = flags.needs_redis && key.name == "queue";
  const std::string value = is_redis ? "" : key.show(defaults(flags.role));
  const std::string help = help_of(key, flags) + (value.empty() ? "" : " [" + value + "]");
  const auto take = [&flags, name = std::string(key.name)](const std::string& text) {
    flags.values.push_back({name, text});
  };
  command.add_option_function<std::string>(config::flag_of(key.name), take, help)
      ->option_text(is_redis ? "URL" : std::string(key.metavar));
}

void add_config_flag(CLI::App& command, SettingsFlags& flags) {
  command
      .add_option("--config", flags.config_file,
                  "Settings file [evalx.toml in the working directory, if it exists]")
      ->option_text("FILE");
}

/// In the log of a server, or on the terminal of another command.
void warn(config::Role role, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    if (service::name_of(role).empty()) {
      terminal::complain("", "warning: " + warning);
    } else {
      log::warning(warning);
    }
  }
}

}  // namespace

void add_settings_flags(CLI::App& command, SettingsFlags& flags) {
  if (flags.role != config::Role::Local) add_config_flag(command, flags);
  for (const config::Key& key : config::keys()) {
    if (key.used_by.contains(flags.role)) add_flag(command, key, flags);
  }
}

bool is_given(const SettingsFlags& flags, std::string_view key) {
  const auto is_key = [key](const config::FlagValue& value) { return value.key == key; };
  return std::any_of(flags.values.begin(), flags.values.end(), is_key) ||
         config::environment_of_process().contains(config::variable_of(key));
}

Result<config::Settings> load_settings(const SettingsFlags& flags) {
  EVALX_TRY(config::Settings settings,
            config::load_settings(flags.config_file, flags.values, defaults(flags.role)));
  EVALX_TRY_VOID(service::check_settings(flags.role, settings));
  warn(flags.role, config::unknown_variables(config::environment_of_process()));
  return settings;
}

Result<config::Settings> load_local_settings(const SettingsFlags& flags) {
  const config::Environment environment = config::environment_of_process();
  config::Sources sources;
  sources.flags = flags.values;
  for (const config::Key& key : config::keys()) {
    const auto variable = environment.find(config::variable_of(key.name));
    if (key.used_by.contains(config::Role::Local) && variable != environment.end())
      sources.environment.insert(*variable);
  }
  return config::read_settings(sources, defaults(config::Role::Local));
}

}  // namespace evalx::app
