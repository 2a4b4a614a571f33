// `evalx serve`: its flags are the keys of the settings.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "commands.hpp"
#include "complaint.hpp"
#include "config/keys.hpp"
#include "config/load.hpp"
#include "engine.hpp"
#include "exit_code.hpp"
#include "serve.hpp"

namespace evalx::app {
namespace {

constexpr const char* kFooter = R"(Examples:
  evalx serve --listen 0.0.0.0:2358 --max-concurrent-sandboxes 4
  EVALX_DATA_DIR=/srv/evalx evalx serve
  evalx serve --config /etc/evalx.toml

A flag --some-key is the variable EVALX_SOME_KEY and the key some_key of the file.
Flags outweigh variables, and these the file. Unknown keys are errors.

Exit codes: 0 after SIGTERM or SIGINT, 1 it could not start, 2 a setting is wrong.)";

struct ServeFlags {
  std::optional<std::string> config_file;
  std::vector<config::FlagValue> values;
};

config::Machine this_machine() {
  const EngineSettings engine = default_engine_settings();
  config::Machine machine;
  machine.cpus = static_cast<unsigned>(engine.max_concurrent_sandboxes);
  machine.memory_budget = engine.memory_budget;
  machine.is_root = ::geteuid() == 0;
  return machine;
}

int serve_with(const ServeFlags& flags) {
  const auto settings = config::load_settings(flags.config_file, flags.values, this_machine());
  if (settings) return serve(*settings);
  complain("serve", settings.error());
  return kMisuse;
}

std::string described(const config::Key& key, const config::Settings& defaults) {
  const std::string value = key.show(defaults);
  return std::string(key.help) + (value.empty() ? "" : " [" + value + "]");
}

}  // namespace

void add_serve_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("serve", "Serve the HTTP API and judge what comes");
  command->footer(kFooter);
  auto flags = std::make_shared<ServeFlags>();
  command
      ->add_option("--config", flags->config_file,
                   "Settings file [evalx.toml of the working directory, if it is there]")
      ->option_text("FILE");
  const config::Settings defaults =
      config::default_settings(this_machine(), config::environment_of_process());
  for (const config::Key& key : config::keys()) {
    command
        ->add_option_function<std::string>(
            config::flag_of(key.name),
            [flags, name = std::string(key.name)](const std::string& text) {
              flags->values.push_back({name, text});
            },
            described(key, defaults))
        ->option_text(std::string(key.metavar));
  }
  command->callback([&action, flags] { action = [flags] { return serve_with(*flags); }; });
}

}  // namespace evalx::app
