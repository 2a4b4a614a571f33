// `evalx doctor`: what this machine offers, what it lacks, and how to fix that.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "commands.hpp"
#include "doctor/engine_rules.hpp"
#include "kernel/file.hpp"
#include "local_engine.hpp"
#include "sandbox/isolate/process.hpp"
#include "self_test.hpp"
#include "service/loop.hpp"
#include "service/mechanisms.hpp"
#include "service/resource_limits.hpp"
#include "settings_flags.hpp"
#include "short_lived_folder.hpp"
#include "show/finding_list.hpp"
#include "show/run_summary.hpp"
#include "terminal/complaint.hpp"
#include "terminal/exit_code.hpp"

namespace evalx::app {
namespace {

using doctor::Findings;

constexpr const char* kDoctorFooter = R"(Examples:
  sudo evalx doctor
  sudo evalx doctor --json
  sudo evalx doctor --sandbox isolate --isolate-path /usr/local/bin/isolate

Takes the settings of `evalx serve` and checks whether that would work here. Shows a line for each
mechanism with a mark (✓ good, ! reduced, ✗ missing). Below a problem it shows what is lost, and the
command or setting that fixes it.

With cgroup v2, doctor prepares the control group of its process as `evalx serve` does, and undoes
that at its end. It moves no other process.

Exit codes: 0 evalX works here, 1 something required is missing, 2 the command line is wrong.)";

struct DoctorOptions {
  bool json = false;
  SettingsFlags settings;
};

Task<Result<sandbox::Outcome>> run_echo(service::Engine& engine) {
  EVALX_CO_TRY(std::unique_ptr<sandbox::Box> box, co_await engine.sandbox().open({}));
  sandbox::RunSpec spec;
  spec.argv = {"/bin/sh", "-c", "echo evalx"};
  auto outcome = co_await box->run(std::move(spec));
  co_return outcome;
}

doctor::TrialFacts try_run(asio::io_context& loop, service::Engine& engine) {
  const auto outcome = service::run_to_end(loop, run_echo(engine));
  if (!outcome) return {{}, words_of(outcome.error())};
  const bool is_well = outcome->cause == sandbox::Cause::Exited && outcome->exit_code == 0 &&
                       outcome->out.head == "evalx\n";
  return {run_summary(*outcome, {}), is_well ? "" : "it printed \"" + outcome->out.head + "\""};
}

/// Compiles and runs the self-test of the first compiled language that is installed.
doctor::CompileTrialFacts try_compiled(asio::io_context& loop, service::Engine& engine) {
  for (const language::Language& language : engine.catalogue().list()) {
    if (!language.available() || !language.compile) continue;
    const SelfTestResult result =
        service::run_to_end(loop, run_self_test(engine.judge(), language, std::stop_token{}));
    return {language.id, language.name, result.passed() ? "" : note_on(result)};
  }
  return {};
}

/// Whether the engine isolate could be chosen.
doctor::IsolateFacts look_for_isolate(const config::Settings& settings) {
  doctor::IsolateFacts facts;
  facts.path = settings.isolate_path;
  const auto words = sandbox::isolate::invoke({facts.path, "--version"});
  const auto version =
      words ? sandbox::isolate::parse_version(*words) : tl::make_unexpected(words.error());
  if (version)
    facts.version = std::to_string(version->major) + "." + std::to_string(version->minor);
  return facts;
}

/// The engine's findings without the one about cgroups, if the machine's have it with its cure.
Findings without_what_is_known(Findings found, const Findings& of_machine) {
  const auto is_cgroup = [](const doctor::Finding& finding) {
    return finding.state == doctor::Finding::State::Missing &&
           finding.name.find("cgroup") != std::string::npos;
  };
  if (std::any_of(of_machine.begin(), of_machine.end(), is_cgroup)) std::erase_if(found, is_cgroup);
  return found;
}

/// Gives up root for good.
Findings try_engine(const config::Settings& settings, const service::Machine& machine,
                    EngineName& name) {
  asio::io_context loop{1};
  const SystemClock clock;
  const ShortLivedFolder artifacts;  // Empty, so that the trial compiles.
  const auto opened = open_local_engine(loop, settings, {1, artifacts.path()}, clock);
  if (!opened) return {doctor::judge_trial({{}, words_of(opened.error())})};
  service::Engine& engine = **opened;
  name.version = engine.sandbox_version();
  Findings findings = without_what_is_known(service::examine_engine(engine), machine.findings);
  if (settings.sandbox == config::SandboxKind::Native)
    findings.push_back(doctor::judge_isolate(look_for_isolate(settings)));
  append(findings, {doctor::judge_trial(try_run(loop, engine)),
                    doctor::judge_compile_trial(try_compiled(loop, engine)),
                    service::examine_languages(engine.catalogue(), machine)});
  return findings;
}

int doctor(const DoctorOptions& options) {
  const auto settings = load_settings(options.settings);
  if (!settings) return terminal::complain("doctor", settings.error());
  service::raise_resource_limits();
  service::Machine machine = service::examine_machine(*settings);
  Findings& findings = machine.findings;
  EngineName engine{settings->sandbox == config::SandboxKind::Native ? "native" : "isolate", ""};
  config::Settings tolerant = *settings;
  // The findings above list what is missing. The trial shows what works in spite of that.
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
  CLI::App* command = app.add_subcommand("doctor", "Check whether this machine can run evalX");
  command->footer(kDoctorFooter);
  auto options = std::make_shared<DoctorOptions>();
  command->add_flag("--json", options->json, "Print JSON");
  add_settings_flags(*command, options->settings);
  command->callback([&action, options] { action = [options] { return doctor(*options); }; });
}

}  // namespace evalx::app
