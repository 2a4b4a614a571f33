// `evalx doctor`: what this machine offers, what it lacks, and how to put that right.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "commands.hpp"
#include "kernel/file.hpp"
#include "local_engine.hpp"
#include "sandbox/isolate/process.hpp"
#include "self_test.hpp"
#include "service/loop.hpp"
#include "service/mechanisms.hpp"
#include "settings_flags.hpp"
#include "short_lived_folder.hpp"
#include "show/account.hpp"
#include "show/finding_list.hpp"
#include "terminal/complaint.hpp"
#include "terminal/exit_code.hpp"

namespace evalx::app {
namespace {

using doctor::Finding;
using doctor::Findings;

constexpr const char* kDoctorFooter = R"(Examples:
  sudo evalx doctor
  sudo evalx doctor --json
  sudo evalx doctor --sandbox isolate --isolate-path /usr/local/bin/isolate

Takes what `evalx serve` takes, and tells what that would find here: a line for each mechanism with
a mark (✓ good, ! less than it could be, ✗ missing); where something is wrong, what is lost and the
one command or setting that puts it right.

Exit codes: 0 evalX works here, 1 something it needs is missing, 2 the command line is wrong.)";

struct DoctorOptions {
  bool json = false;
  SettingsFlags settings;
};

constexpr const char* kTrial = "trial run";

Finding failed_trial(const std::string& detail) {
  return doctor::missing(kTrial, detail, "no program can be run", "put right what is marked above");
}

Task<Result<sandbox::Outcome>> run_echo(service::Engine& engine) {
  EVALX_CO_TRY(std::unique_ptr<sandbox::Box> box, co_await engine.sandbox().open({}));
  sandbox::RunSpec spec;
  spec.argv = {"/bin/sh", "-c", "echo evalx"};
  auto outcome = co_await box->run(std::move(spec));
  co_return outcome;
}

Finding try_run(asio::io_context& loop, service::Engine& engine) {
  const auto outcome = service::run_to_end(loop, run_echo(engine));
  if (!outcome) return failed_trial(terminal::words_of(outcome.error()));
  const std::string account = account_of(*outcome, {});
  const bool is_well = outcome->cause == sandbox::Cause::Exited && outcome->exit_code == 0 &&
                       outcome->out.head == "evalx\n";
  if (is_well) return doctor::required({doctor::good(kTrial, account)}).front();
  return failed_trial(account + "; it wrote \"" + outcome->out.head + "\"");
}

/// Compiles and runs the self-test of the first compiled language that is here.
Finding try_compiled(asio::io_context& loop, service::Engine& engine) {
  constexpr const char* kName = "trial compile and run";
  for (const language::Language& language : engine.catalogue().list()) {
    if (!language.available() || !language.compile) continue;
    const SelfTestResult result =
        service::run_to_end(loop, run_self_test(engine.judge(), language, std::stop_token{}));
    if (result.passed()) return doctor::good(kName, language.name);
    return doctor::reduced(kName, language.name + ": " + note_on(result),
                           "programs in " + language.id + " do not compile or run as they should",
                           "evalx languages --self-test " + language.id);
  }
  return doctor::good(kName, "no compiled language is here");
}

/// Whether the other engine could be chosen.
Finding look_for_isolate(const config::Settings& settings) {
  const auto words = sandbox::isolate::invoke({settings.isolate_path, "--version"});
  const auto version =
      words ? sandbox::isolate::parse_version(*words) : tl::make_unexpected(words.error());
  if (!version) return doctor::good("isolate", "not chosen, not here");
  return doctor::good("isolate", "not chosen; " + std::to_string(version->major) + "." +
                                     std::to_string(version->minor) + " is here");
}

/// Gives up root on the way.
Findings try_engine(const config::Settings& settings, const service::Machine& machine,
                    EngineName& name) {
  asio::io_context loop{1};
  const SystemClock clock;
  const ShortLivedFolder artifacts;  // What was compiled before would tell nothing.
  const auto opened = open_local_engine(loop, settings, {1, artifacts.path()}, clock);
  if (!opened) return {failed_trial(terminal::words_of(opened.error()))};
  service::Engine& engine = **opened;
  name.version = engine.sandbox_version();
  Findings findings = service::examine_engine(engine);
  if (settings.sandbox == config::SandboxKind::Native)
    findings.push_back(look_for_isolate(settings));
  append(findings, {try_run(loop, engine), try_compiled(loop, engine),
                    service::examine_languages(engine.catalogue(), machine)});
  return findings;
}

int doctor(const DoctorOptions& options) {
  const auto settings = load_settings(options.settings);
  if (!settings) return terminal::complain("doctor", settings.error());
  service::Machine machine = service::examine_machine(*settings);
  Findings& findings = machine.findings;
  EngineName engine{settings->sandbox == config::SandboxKind::Native ? "native" : "isolate", ""};
  config::Settings tolerant = *settings;
  // What is missing was told above; the trial shows what works all the same.
  tolerant.allow_weak = true;
  tolerant.log_level = log::Level::Off;
  append(findings, try_engine(tolerant, machine, engine));
  const std::string text =
      options.json ? findings_json(findings, engine) + "\n"
                   : show_findings(findings, terminal::Paint::for_descriptor(STDOUT_FILENO));
  if (const auto printed = kernel::write_all(STDOUT_FILENO, text); !printed)
    return terminal::complain("doctor", printed.error());
  return doctor::refusals(findings).empty() ? terminal::kSuccess : terminal::kFailure;
}

}  // namespace

void add_doctor_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("doctor", "Tell what this machine lacks for evalX");
  command->footer(kDoctorFooter);
  auto options = std::make_shared<DoctorOptions>();
  command->add_flag("--json", options->json, "As JSON");
  add_settings_flags(*command, options->settings);
  command->callback([&action, options] { action = [options] { return doctor(*options); }; });
}

}  // namespace evalx::app
