#pragma once
// Commands: adds each command to the command line; each is in the file of its name.

#include <functional>

namespace CLI {
class App;
}

namespace evalx::app {

/// Runs the chosen command and returns the exit code. Set while the command line is parsed.
using Action = std::function<int()>;

// `action` must live as long as `app`.
void add_server_commands(CLI::App& app, Action& action);
void add_run_command(CLI::App& app, Action& action);
void add_judge_command(CLI::App& app, Action& action);
void add_languages_command(CLI::App& app, Action& action);
void add_doctor_command(CLI::App& app, Action& action);
void add_jobs_command(CLI::App& app, Action& action);
void add_workers_command(CLI::App& app, Action& action);
void add_token_command(CLI::App& app, Action& action);
void add_version_command(CLI::App& app, Action& action);

}  // namespace evalx::app
