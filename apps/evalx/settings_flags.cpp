#include "settings_flags.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "config/keys.hpp"
#include "config/load.hpp"
#include "service/engine.hpp"

namespace evalx::app {
namespace {

constexpr std::array<std::string_view, 6> kLocalKeys{"sandbox",           "isolate_path",
                                                     "isolate_first_box", "seccomp_profile",
                                                     "allow_weak",        "languages_dir"};

config::Machine this_machine() {
  const service::EngineSettings engine = service::default_engine_settings();
  config::Machine machine;
  machine.cpus = static_cast<unsigned>(engine.max_concurrent_sandboxes);
  machine.memory_budget = engine.memory_budget;
  machine.is_root = ::geteuid() == 0;
  return machine;
}

config::Settings defaults(service::Role role = service::Role::Serve) {
  auto settings = config::default_settings(this_machine(), config::environment_of_process());
  settings.listen_port = service::default_port(role);
  // Not used, but a server could not do without.
  if (settings.data_dir.empty() && !uses(role, "data_dir")) settings.data_dir = "/";
  return settings;
}

void add_flag(CLI::App& command, const config::Key& key, SettingsFlags& flags) {
  if (key.shape == config::Key::Shape::Truth) {
    const auto take = [&flags, name = std::string(key.name)](std::int64_t count) {
      flags.values.push_back({name, count > 0 ? "true" : "false"});
    };
    command.add_flag_function(config::flag_of(key.name), take, std::string(key.help));
    return;
  }
  const std::string value = key.show(defaults(flags.role));
  const std::string help = std::string(key.help) + (value.empty() ? "" : " [" + value + "]");
  const auto take = [&flags, name = std::string(key.name)](const std::string& text) {
    flags.values.push_back({name, text});
  };
  command.add_option_function<std::string>(config::flag_of(key.name), take, help)
      ->option_text(std::string(key.metavar));
}

void add_config_flag(CLI::App& command, SettingsFlags& flags) {
  command
      .add_option("--config", flags.config_file,
                  "Settings file [evalx.toml of the working directory, if it is there]")
      ->option_text("FILE");
}

/// Of one that uses no data folder, which a server could not do without.
config::Settings with_some_folder(config::Settings settings) {
  if (settings.data_dir.empty()) settings.data_dir = "/";
  return settings;
}

}  // namespace

void add_settings_flags(CLI::App& command, SettingsFlags& flags) {
  add_config_flag(command, flags);
  for (const config::Key& key : config::keys()) {
    if (uses(flags.role, key.name)) add_flag(command, key, flags);
  }
}

void add_local_flags(CLI::App& command, SettingsFlags& flags) {
  for (const std::string_view name : kLocalKeys) add_flag(command, *config::find_key(name), flags);
}

void add_queue_flags(CLI::App& command, SettingsFlags& flags) {
  add_config_flag(command, flags);
  for (const char* name : {"queue", "data_dir"}) add_flag(command, *config::find_key(name), flags);
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
  return settings;
}

Result<config::Settings> load_queue_settings(const SettingsFlags& flags) {
  return config::load_settings(flags.config_file, flags.values, with_some_folder(defaults()));
}

Result<config::Settings> load_local_settings(const SettingsFlags& flags) {
  const config::Environment environment = config::environment_of_process();
  config::Sources sources;
  sources.flags = flags.values;
  for (const std::string_view name : kLocalKeys) {
    const auto variable = environment.find(config::variable_of(name));
    if (variable != environment.end()) sources.environment.insert(*variable);
  }
  return config::read_settings(sources, with_some_folder(defaults()));
}

}  // namespace evalx::app
