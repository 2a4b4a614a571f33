// `evalx doctor`: what this machine offers, what it lacks, and how to put that right.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "account.hpp"
#include "cgroup_findings.hpp"
#include "commands.hpp"
#include "complaint.hpp"
#include "exit_code.hpp"
#include "finding.hpp"
#include "kernel/file.hpp"
#include "kernel_findings.hpp"
#include "local_engine.hpp"
#include "settings_flags.hpp"

namespace evalx::app {
namespace {

using State = Finding::State;

constexpr const char* kFooter = R"(Examples:
  sudo evalx doctor
  sudo evalx doctor --json

Each line: a mark (✓ good, ! less than it could be, ✗ missing), what it is, what was found; and
where something is wrong, what is lost without it and how to fix it.

Exit codes: 0 evalX works here, 1 something it needs is missing, 2 the command line is wrong.)";

struct DoctorOptions {
  bool json = false;
  SettingsFlags settings;
};

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : separator).append(word);
  return text;
}

Finding examine_languages(const language::Catalogue& catalogue) {
  std::vector<std::string> missing;
  for (const language::Language& language : catalogue.list()) {
    if (!language.available()) missing.push_back(language.id);
  }
  const std::size_t all = catalogue.list().size();
  std::string found =
      std::to_string(all - missing.size()) + " of " + std::to_string(all) + " are here";
  if (missing.empty()) return Finding::good("languages", std::move(found));
  return {"languages", State::Reduced, std::move(found),
          "submissions in " + join(missing, ", ") + " are refused",
          "evalx languages tells what to install"};
}

Finding failed_trial(const Error& error) {
  return {"trial run", State::Missing, words_of(error), "no program can be run",
          "put right what is marked above"};
}

Task<Result<sandbox::Outcome>> run_echo(Engine& engine) {
  EVALX_CO_TRY(std::unique_ptr<sandbox::Box> box, co_await engine.sandbox().open({}));
  sandbox::RunSpec spec;
  spec.argv = {"/bin/sh", "-c", "echo evalx"};
  auto outcome = co_await box->run(std::move(spec));
  co_return outcome;
}

Finding try_run(asio::io_context& loop, Engine& engine) {
  const auto outcome = run_to_end(loop, run_echo(engine));
  if (!outcome) return failed_trial(outcome.error());
  const std::string account = account_of(*outcome, {});
  const bool is_well = outcome->cause == sandbox::Cause::Exited && outcome->exit_code == 0 &&
                       outcome->out.head == "evalx\n";
  if (is_well) return Finding::good("trial run", account);
  return {"trial run", State::Missing, account + "; it wrote \"" + outcome->out.head + "\"",
          "programs do not run as they should", "put right what is marked above"};
}

/// Gives up root on the way.
std::vector<Finding> examine_engine(const config::Settings& settings) {
  asio::io_context loop{1};
  const SystemClock clock;
  const auto engine = open_local_engine(loop, settings, {1}, clock);
  if (!engine) return {failed_trial(engine.error())};
  return {try_run(loop, **engine), examine_languages((*engine)->catalogue())};
}

int doctor(const DoctorOptions& options) {
  const auto settings = load_settings(options.settings);
  if (!settings) return complain("doctor", settings.error());
  std::vector<Finding> findings = examine_kernel();
  for (Finding& finding : examine_cgroups()) findings.push_back(std::move(finding));
  for (Finding& finding : examine_engine(*settings)) findings.push_back(std::move(finding));
  const std::string text = options.json
                               ? findings_json(findings) + "\n"
                               : show_findings(findings, Paint::for_descriptor(STDOUT_FILENO));
  if (const auto printed = kernel::write_all(STDOUT_FILENO, text); !printed)
    return complain("doctor", printed.error());
  return is_anything_missing(findings) ? kFailure : kSuccess;
}

}  // namespace

void add_doctor_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("doctor", "Tell what this machine lacks for evalX");
  command->footer(kFooter);
  auto options = std::make_shared<DoctorOptions>();
  command->add_flag("--json", options->json, "As JSON");
  add_settings_flags(*command, options->settings);
  command->callback([&action, options] { action = [options] { return doctor(*options); }; });
}

}  // namespace evalx::app
