// `evalx serve`, `evalx api` and `evalx worker`: their flags are the keys of the settings.

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "commands.hpp"
#include "service/serve.hpp"
#include "settings_flags.hpp"
#include "terminal/complaint.hpp"
#include "terminal/exit_code.hpp"

namespace evalx::app {
namespace {

constexpr const char* kServeFooter = R"(Examples:
  evalx serve --listen 0.0.0.0:2358 --max-concurrent-sandboxes 4
  EVALX_DATA_DIR=/srv/evalx evalx serve
  evalx serve --config /etc/evalx.toml
)";

constexpr const char* kApiFooter = R"(Examples:
  evalx api --queue redis://redis:6379/0 --listen 0.0.0.0:2358

Takes submissions and tells results; judging them is for evalx worker. Needs no root, no rights, no
folder and no compilers: its languages are those that its workers have, with their versions. What
no live worker has is refused; while there is no worker, submissions wait for one. Settings that
only others use may stand in its file and its variables, and mean nothing to it.
)";

constexpr const char* kWorkerFooter = R"(Examples:
  sudo evalx worker --queue redis://redis:6379/0
  sudo evalx worker --queue redis://redis:6379/0 --listen 127.0.0.1:0 --data-dir /var/lib/evalx-2

Judges what evalx api takes in. Its HTTP has /metrics, /healthz and /readyz alone; its data folder
holds compiled programs, and no other evalx may use the same. Settings that only others use may
stand in its file and its variables, and mean nothing to it.
)";

constexpr const char* kServerFooter = R"(
A flag --some-key is the variable EVALX_SOME_KEY and the key some_key of the file.
Flags outweigh variables, and these the file. Unknown keys are errors.

After SIGTERM or SIGINT what runs may finish; after a second signal it is given back at once.

Exit codes: 0 after such a signal, 1 it could not start, 2 a setting is wrong.)";

int serve_with(const SettingsFlags& flags) {
  const auto settings = load_settings(flags);
  if (!settings)
    return terminal::complain(service::name_of(flags.role), settings.error()), terminal::kMisuse;
  const auto served = service::serve(flags.role, *settings);
  if (!served)
    return terminal::complain(service::name_of(flags.role), served.error()), terminal::kFailure;
  return terminal::kSuccess;
}

void add(CLI::App& app, Action& action, service::Role role, const char* what, const char* footer) {
  CLI::App* command = app.add_subcommand(std::string(service::name_of(role)), what);
  command->footer(std::string(footer) + kServerFooter);
  auto flags = std::make_shared<SettingsFlags>();
  flags->role = role;
  add_settings_flags(*command, *flags);
  command->callback([&action, flags] { action = [flags] { return serve_with(*flags); }; });
}

}  // namespace

void add_server_commands(CLI::App& app, Action& action) {
  add(app, action, service::Role::Serve, "Serve the HTTP API and judge what comes", kServeFooter);
  add(app, action, service::Role::Api, "Serve the HTTP API over a queue in Redis", kApiFooter);
  add(app, action, service::Role::Worker, "Judge what waits in a queue in Redis", kWorkerFooter);
}

}  // namespace evalx::app
