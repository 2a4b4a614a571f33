// `evalx workers`: who judges what waits in a queue that is shared.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/log.hpp"
#include "commands.hpp"
#include "kernel/file.hpp"
#include "local_engine.hpp"
#include "service/loop.hpp"
#include "service/queue_choice.hpp"
#include "settings_flags.hpp"
#include "show/worker_report.hpp"
#include "terminal/complaint.hpp"
#include "terminal/exit_code.hpp"

namespace evalx::app {
namespace {

constexpr const char* kWorkersFooter = R"(Examples:
  evalx workers --queue redis://redis:6379/0
  evalx workers --json

Finds the queue as the servers do: in a file's and the variables' queue. Tells of each worker that
lives since when, how many jobs it holds, and what it said of itself when it came: how many
sandboxes it may run at one time, its evalX, its languages. One that was killed is there until its
lease ends, after about 15 seconds; one of an earlier release says nothing of itself.

Exit codes: 0, 1 evalX itself failed, 2 the command line is wrong.)";

struct WorkersOptions {
  SettingsFlags settings{config::Role::Operator, {}, {}};
  bool json = false;
};

std::string summary_of(std::size_t workers) {
  if (workers == 0) return "There are no workers.\n";
  return "\n" + std::to_string(workers) + (workers == 1 ? " worker" : " workers") +
         (workers == queue::kWorkersToldMax ? ", and maybe more\n" : "\n");
}

std::string report_on(const queue::Fleet& fleet) {
  const std::string summary = summary_of(fleet.workers.size());
  if (fleet.workers.empty()) return summary;
  return table_of(fleet, terminal::Paint::for_descriptor(STDOUT_FILENO),
                  terminal::columns_of(STDOUT_FILENO)) +
         summary;
}

int workers(const WorkersOptions& options) {
  auto settings = load_settings(options.settings);
  if (!settings) return terminal::complain("workers", settings.error()), terminal::kMisuse;
  if (std::holds_alternative<config::SqliteQueue>(settings->queue)) {
    terminal::complain("workers",
                       "queue is sqlite, whose one worker is its server: --queue names a Redis");
    return terminal::kMisuse;
  }
  log::set_level(log::Level::Off);                       // What is wrong is told in one line.
  settings->durability = config::Durability::Ephemeral;  // The servers check it.
  asio::io_context loop{1};
  const SystemClock clock;
  const auto queue = service::open_queue(*settings, clock);
  if (!queue) return terminal::complain("workers", queue.error());
  const auto fleet = service::run_to_end(loop, (*queue)->workers());
  if (!fleet) return terminal::complain("workers", fleet.error());
  return terminal::print_or_complain("workers", options.json ? json_of(*fleet) : report_on(*fleet));
}

}  // namespace

void add_workers_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("workers", "Tell who works on a shared queue");
  command->footer(kWorkersFooter);
  auto options = std::make_shared<WorkersOptions>();
  command->add_flag("--json", options->json, "As JSON");
  add_settings_flags(*command, options->settings);
  command->callback([&action, options] { action = [options] { return workers(*options); }; });
}

}  // namespace evalx::app
