#pragma once
// CallbackCommands: `evalx jobs callbacks` and `evalx jobs resend`, and the flags that they share
// with the other commands about jobs.

#include <memory>
#include <string>

#include "base/result.hpp"
#include "commands.hpp"
#include "job_source.hpp"
#include "settings_flags.hpp"
#include "show/job_report.hpp"

namespace evalx::app {

/// Also taken in front of the command: `evalx jobs --json callbacks`.
struct JobsFlags {
  SettingsFlags settings{config::Role::Operator, {}, {}};
  unsigned limit = 100;
  bool json = false;
};
inline constexpr unsigned kMostListed = 100'000;

/// Adds both commands to `evalx jobs`.
void add_callback_commands(CLI::App& jobs, std::shared_ptr<JobsFlags> flags, Action& action);
/// Whether the command line has chosen one of them.
bool is_about_callbacks(const CLI::App& jobs);

/// nullopt if the job has none.
Result<JobsCallback> callback_of(JobSource& source, const std::string& token);

}  // namespace evalx::app
