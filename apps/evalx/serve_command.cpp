// `evalx serve`: its flags are the keys of the settings.

#include <CLI/CLI.hpp>
#include <memory>

#include "commands.hpp"
#include "complaint.hpp"
#include "exit_code.hpp"
#include "serve.hpp"
#include "settings_flags.hpp"

namespace evalx::app {
namespace {

constexpr const char* kFooter = R"(Examples:
  evalx serve --listen 0.0.0.0:2358 --max-concurrent-sandboxes 4
  EVALX_DATA_DIR=/srv/evalx evalx serve
  evalx serve --config /etc/evalx.toml

A flag --some-key is the variable EVALX_SOME_KEY and the key some_key of the file.
Flags outweigh variables, and these the file. Unknown keys are errors.

Exit codes: 0 after SIGTERM or SIGINT, 1 it could not start, 2 a setting is wrong.)";

int serve_with(const SettingsFlags& flags) {
  const auto settings = load_settings(flags);
  if (!settings) return complain("serve", settings.error()), kMisuse;
  const auto served = serve(*settings);
  if (!served) return complain("serve", served.error()), kFailure;
  return kSuccess;
}

}  // namespace

void add_serve_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("serve", "Serve the HTTP API and judge what comes");
  command->footer(kFooter);
  auto flags = std::make_shared<SettingsFlags>();
  add_settings_flags(*command, *flags);
  command->callback([&action, flags] { action = [flags] { return serve_with(*flags); }; });
}

}  // namespace evalx::app
