// `evalx workers`: lists the workers of a shared queue.

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

Finds the queue like the servers do: by queue in flags, variables or the file. Shows for each live
worker the age of its session, the number of its jobs, and what it announced at its start: the number
of its sandboxes, its version of evalX and its languages. A killed worker is listed until its lease
ends, after about 15 seconds. A worker of an earlier release announces nothing.

Exit codes: 0, 1 evalX itself failed, 2 the command line is wrong.)";

struct WorkersOptions {
  SettingsFlags settings{config::Role::Operator, {}, {}, true};
  bool json = false;
};

std::string summary_of(std::size_t workers) {
  if (workers == 0) return "No workers.\n";
  return "\n" + std::to_string(workers) + (workers == 1 ? " worker" : " workers") +
         (workers == queue::kWorkersListedMax ? ", perhaps more\n" : "\n");
}

std::string report_on(const queue::LiveWorkers& fleet) {
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
    terminal::complain(
        "workers",
        "queue is sqlite: its only worker is its server; give --queue redis://HOST:6379/0");
    return terminal::kMisuse;
  }
  log::set_level(log::Level::Off);                       // The command reports errors in one line.
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
  CLI::App* command = app.add_subcommand("workers", "List the workers of a shared queue");
  command->footer(kWorkersFooter);
  auto options = std::make_shared<WorkersOptions>();
  command->add_flag("--json", options->json, "Print JSON");
  add_settings_flags(*command, options->settings);
  command->callback([&action, options] { action = [options] { return workers(*options); }; });
}

}  // namespace evalx::app
