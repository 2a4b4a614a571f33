// `evalx serve`, `evalx api` and `evalx worker`: their flags are the keys of the settings.

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "commands.hpp"
#include "service/role.hpp"
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

Accepts submissions and returns results; `evalx worker` judges them. Needs no root, no data folder and
no compilers. Its languages are those of the live workers, with their versions; a submission in any
other language is refused. While no worker is running, submissions wait. Its file and variables may
contain settings of the other commands, which it ignores.
)";

constexpr const char* kWorkerFooter = R"(Examples:
  sudo evalx worker --queue redis://redis:6379/0
  sudo evalx worker --queue redis://redis:6379/0 --listen 127.0.0.1:0 --data-dir /var/lib/evalx-2

Judges the submissions that `evalx api` accepts. Its HTTP serves /metrics, /healthz and /readyz only.
Its data folder holds compiled programs; each worker needs a folder of its own. Its file and
variables may contain settings of the other commands, which it ignores.
)";

constexpr const char* kJudgingEnd = R"(
After SIGTERM or SIGINT running jobs may finish. A second signal returns them to the queue at once.
)";
constexpr const char* kApiEnd = R"(
After SIGTERM or SIGINT waiting clients get the current state. A second signal ends at once.
)";

constexpr const char* kServerFooter = R"(
The flag --some-key sets the same as the variable EVALX_SOME_KEY and the key some_key of the file.
Flags override variables, and variables override the file. Unknown flags and keys are errors, unknown
variables are warnings.

SIGHUP reads the tokens again (evalx token new).

Exit codes: 0 after SIGTERM or SIGINT, 1 if it could not start or cannot go on (its log says why),
2 if a setting is wrong.)";

int serve_with(const SettingsFlags& flags) {
  const auto settings = load_settings(flags);
  if (!settings)
    return terminal::complain(service::name_of(flags.role), settings.error()), terminal::kMisuse;
  const auto served = service::serve(flags.role, *settings);
  if (!served) return terminal::complain(service::name_of(flags.role), served.error());
  return terminal::kSuccess;
}

void add(CLI::App& app, Action& action, service::Role role, const char* what, const char* footer) {
  CLI::App* command = app.add_subcommand(std::string(service::name_of(role)), what);
  command->footer(std::string(footer) + (service::judges(role) ? kJudgingEnd : kApiEnd) +
                  kServerFooter);
  auto flags = std::make_shared<SettingsFlags>();
  flags->role = role;
  flags->needs_redis = role != service::Role::Serve;
  add_settings_flags(*command, *flags);
  command->callback([&action, flags] { action = [flags] { return serve_with(*flags); }; });
}

}  // namespace

void add_server_commands(CLI::App& app, Action& action) {
  add(app, action, service::Role::Serve, "Serve the HTTP API and judge submissions", kServeFooter);
  add(app, action, service::Role::Api, "Serve the HTTP API over a queue in Redis", kApiFooter);
  add(app, action, service::Role::Worker, "Judge the submissions of a queue in Redis",
      kWorkerFooter);
}

}  // namespace evalx::app
