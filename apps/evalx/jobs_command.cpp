// `evalx jobs`: lists the dead and stuck jobs of a queue, and redrives dead ones. Its commands
// about callbacks are in callback_commands.cpp.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <set>

#include "callback_commands.hpp"
#include "commands.hpp"
#include "flags.hpp"
#include "job_source.hpp"
#include "settings_flags.hpp"
#include "show/job_report.hpp"
#include "terminal/complaint.hpp"
#include "terminal/exit_code.hpp"

namespace evalx::app {
namespace {

using queue::Listed;
using queue::Listing;
using queue::State;

constexpr const char* kJobsFooter = R"(Examples:
  evalx jobs
  evalx jobs --queue redis://redis:6379/0 --state all --json
  evalx jobs show 5e0a3b52-6f0e-4b0c-9d0f-0a4f4f2f2f11
  evalx jobs redrive --all-dead
  evalx jobs callbacks

Finds the queue like the server does: by queue and data_dir in flags, variables or the file. A queue
in Redis can be listed and changed from anywhere. A queue in a data folder can be listed by its owner
and by root; stop its server before you redrive or resend.

The states:
  dead      three attempts failed, or its worker died three times in 72 hours, or the job cannot be read
  stuck     accepted over ten minutes ago and still queued, or its worker has died
  queued    waits for a worker
  leased    a worker has it
  expired   no worker started it in the time that its client set
  done      it has a result
  cancelled by its client
  all       all of these
Without --state: dead and stuck. A redriven job gets all its attempts again.

Exit codes: 0, 1 no such job or evalx itself failed, 2 the command line is wrong.)";

struct JobsOptions : JobsFlags {
  std::string state;
  std::string token;                ///< To show.
  std::vector<std::string> tokens;  ///< To redrive.
  bool all_dead = false;
};

struct Found {
  std::vector<Listed> jobs;
  Clock::WallInstant now;
  bool are_more = false;
};

queue::ListFilter in_state(State state) {
  queue::ListFilter filter;
  filter.state = state;
  filter.limit = queue::kListedMax;
  return filter;
}

/// Adds the jobs that `wants` accepts, page by page, until `found` has `limit` jobs.
template <class Wants>
Result<> collect(JobSource& source, queue::ListFilter filter, std::size_t limit, Wants wants,
                 Found& found) {
  do {
    EVALX_TRY(Listing page, source.list(filter));
    found.now = page.now;
    for (Listed& job : page.jobs) {
      if (!wants(job, page.now)) continue;
      if (found.jobs.size() == limit) {
        found.are_more = true;
        return {};
      }
      found.jobs.push_back(std::move(job));
    }
    filter.after = std::move(page.next);
  } while (!filter.after.empty());
  return {};
}

Result<Found> find_jobs(JobSource& source, const std::string& state, std::size_t limit) {
  Found found;
  const auto collect_all = [&](State one) {
    const auto any = [](const Listed&, Clock::WallInstant) { return true; };
    return collect(source, in_state(one), limit, any, found);
  };
  const auto collect_stuck = [&](State one) {
    return collect(source, in_state(one), limit, is_stuck, found);
  };
  const bool all = state == "all";
  if (all || state.empty() || state == "dead") EVALX_TRY_VOID(collect_all(State::Dead));
  if (state.empty() || state == "stuck") {
    EVALX_TRY_VOID(collect_stuck(State::Leased));
    EVALX_TRY_VOID(collect_stuck(State::Queued));
  }
  if (all || state == "leased") EVALX_TRY_VOID(collect_all(State::Leased));
  if (all || state == "queued") EVALX_TRY_VOID(collect_all(State::Queued));
  if (all || state == "expired") EVALX_TRY_VOID(collect_all(State::Expired));
  if (all || state == "done") EVALX_TRY_VOID(collect_all(State::Done));
  if (all || state == "cancelled") EVALX_TRY_VOID(collect_all(State::Cancelled));
  return found;
}

std::string summary_of_listing(const Found& found, const JobsOptions& options) {
  const std::string what = options.state.empty()    ? "dead or stuck "
                           : options.state == "all" ? ""
                                                    : options.state + " ";
  if (found.jobs.empty()) return "No " + what + "jobs.\n";
  const std::size_t count = found.jobs.size();
  return "\n" + std::to_string(count) + " " + what + (count == 1 ? "job" : "jobs") +
         (found.are_more ? "; more exist, see --limit\n" : "\n");
}

int list(JobSource& source, const JobsOptions& options) {
  const auto found = find_jobs(source, options.state, options.limit);
  if (!found) return terminal::complain("jobs", found.error());
  if (options.json) return terminal::print_or_complain("jobs", json_of(found->jobs, found->now));
  const terminal::Paint paint = terminal::Paint::for_descriptor(STDOUT_FILENO);
  const std::string table = found->jobs.empty() ? ""
                                                : table_of(found->jobs, found->now, paint,
                                                           terminal::columns_of(STDOUT_FILENO));
  return terminal::print_or_complain("jobs", table + summary_of_listing(*found, options));
}

/// On the store's clock.
Result<Clock::WallInstant> time_of(JobSource& source) {
  queue::ListFilter shortest;
  shortest.limit = 1;
  EVALX_TRY(const Listing page, source.list(shortest));
  return page.now;
}

Result<std::string> shown(JobSource& source, const JobsOptions& options) {
  EVALX_TRY(const queue::Record job, source.find(options.token));
  EVALX_TRY(const JobsCallback callback, callback_of(source, options.token));
  EVALX_TRY(const Clock::WallInstant now, time_of(source));
  return options.json ? json_of(job, callback, now)
                      : text_of(job, callback, now, terminal::Paint::for_descriptor(STDOUT_FILENO));
}

int show(JobSource& source, const JobsOptions& options) {
  const auto text = shown(source, options);
  if (!text) return terminal::complain("jobs show", text.error());
  return terminal::print_or_complain("jobs", *text);
}

/// Lists all before the first is redriven: a job that dies again must not be redriven twice.
Result<std::set<std::string>> chosen(JobSource& source, const JobsOptions& options) {
  std::set<std::string> tokens{options.tokens.begin(), options.tokens.end()};
  if (!options.all_dead) return tokens;
  EVALX_TRY(const Found found, find_jobs(source, "dead", kMostListed));
  for (const Listed& job : found.jobs) tokens.insert(job.token);
  return tokens;
}

int redrive(JobSource& source, const JobsOptions& options) {
  const auto tokens = chosen(source, options);
  if (!tokens) return terminal::complain("jobs redrive", tokens.error());
  const std::size_t redriven =
      change_each(*tokens, {"jobs redrive", "no dead job has this token",
                            [&source](const std::string& token) { return source.redrive(token); }});
  const int printed = terminal::print_or_complain(
      "jobs",
      std::to_string(redriven) + (redriven == 1 ? " job is" : " jobs are") + " queued again\n");
  return redriven == tokens->size() ? printed : terminal::kFailure;
}

enum class Verb { List, Show, Redrive };

int jobs(Verb verb, const JobsOptions& options) {
  const Purpose purpose = verb == Verb::Redrive ? Purpose::Changing : Purpose::Looking;
  return use_jobs(options.settings, purpose, [&](JobSource& source) {
    switch (verb) {
      case Verb::List:
        return list(source, options);
      case Verb::Show:
        return show(source, options);
      case Verb::Redrive:
        return redrive(source, options);
    }
    return terminal::kFailure;
  });
}

std::string complaint_about_state(const std::string& text) {
  for (const char* state :
       {"dead", "stuck", "queued", "leased", "expired", "done", "cancelled", "all"}) {
    if (text == state) return {};
  }
  return "must be dead, stuck, queued, leased, expired, done, cancelled or all; it is \"" + text +
         "\"";
}

void add_list_flags(CLI::App& command, JobsOptions& options) {
  command.add_option("--state", options.state, "Only jobs in this state [dead and stuck]")
      ->check(CLI::Validator([](std::string& text) { return complaint_about_state(text); }, ""))
      ->option_text("STATE");
  add_count(command, "--limit", options.limit, kMostListed, "Largest number of jobs to list");
  command.add_flag("--json", options.json, "Print JSON");
  add_settings_flags(command, options.settings);
}

void add_show(CLI::App& command, JobsOptions& options) {
  CLI::App* show = command.add_subcommand("show", "Show one job with its failures");
  show->add_option("TOKEN", options.token, "Token of the job")->required()->option_text(" ");
  show->add_flag("--json", options.json, "Print JSON");
  add_settings_flags(*show, options.settings);
}

void add_redrive(CLI::App& command, JobsOptions& options) {
  CLI::App* redrive = command.add_subcommand("redrive", "Queue dead jobs again");
  CLI::Option* tokens =
      redrive->add_option("TOKEN", options.tokens, "Tokens of dead jobs")->option_text("...");
  redrive->add_flag("--all-dead", options.all_dead, "All dead jobs")->excludes(tokens);
  add_settings_flags(*redrive, options.settings);
}

Verb verb_of(const CLI::App& command, const JobsOptions& options) {
  if (command.got_subcommand("show")) return Verb::Show;
  if (!command.got_subcommand("redrive")) return Verb::List;
  if (options.tokens.empty() && !options.all_dead) throw CLI::RequiredError("TOKEN or --all-dead");
  return Verb::Redrive;
}

}  // namespace

void add_jobs_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("jobs", "List dead and stuck jobs or callbacks, or redrive dead ones");
  command->footer(kJobsFooter);
  command->require_subcommand(0, 1);
  auto options = std::make_shared<JobsOptions>();
  add_list_flags(*command, *options);
  add_list_flags(*command->add_subcommand("list", "List jobs, like `evalx jobs` without a command"),
                 *options);
  add_show(*command, *options);
  add_redrive(*command, *options);
  add_callback_commands(*command, options, action);
  command->callback([&action, command, options] {
    if (is_about_callbacks(*command)) {
      if (options->state.empty()) return;  // That command has set the action.
      throw CLI::ValidationError("--state", "is a flag of the command: give it behind callbacks");
    }
    const Verb verb = verb_of(*command, *options);
    action = [verb, options] { return jobs(verb, *options); };
  });
}

}  // namespace evalx::app
