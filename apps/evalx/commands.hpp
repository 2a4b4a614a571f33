#pragma once
// Commands: what each subcommand adds to the command line. A file of the same name has it.

#include <functional>

namespace CLI {
class App;
}

namespace evalx::app {

/// What the chosen subcommand does, set while the command line is parsed; returns the exit code.
using Action = std::function<int()>;

// `action` must live as long as `app`.
void add_server_commands(CLI::App& app, Action& action);
void add_run_command(CLI::App& app, Action& action);
void add_judge_command(CLI::App& app, Action& action);
void add_languages_command(CLI::App& app, Action& action);
void add_doctor_command(CLI::App& app, Action& action);
void add_jobs_command(CLI::App& app, Action& action);
void add_workers_command(CLI::App& app, Action& action);
void add_version_command(CLI::App& app, Action& action);

}  // namespace evalx::app
