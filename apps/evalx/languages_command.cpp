// `evalx languages`: lists or tests the languages of this machine.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "commands.hpp"
#include "flags.hpp"
#include "kernel/file.hpp"
#include "language/profiles.hpp"
#include "local_engine.hpp"
#include "program.hpp"
#include "self_test.hpp"
#include "service/loop.hpp"
#include "settings_flags.hpp"
#include "short_lived_folder.hpp"
#include "show/language_table.hpp"
#include "show/report_table.hpp"
#include "submission/json_writer.hpp"
#include "terminal/complaint.hpp"
#include "terminal/exit_code.hpp"
#include "terminal/human_units.hpp"
#include "terminal/progress_bar.hpp"

namespace evalx::app {
namespace {

using language::Catalogue;
using language::Language;

constexpr const char* kLanguagesFooter = R"(Examples:
  evalx languages
  evalx languages --json python cpp
  evalx languages --seccomp-profile strict
  sudo evalx languages --self-test
  sudo evalx languages --self-test --seccomp-profile contest rust

The self-test of a language compiles and runs a small program in the sandbox, like a submission. It
does so under every seccomp profile that the language claims, or under the given one.

Exit codes: 0, 1 if a self-test or evalx itself failed, 2 if the command line is wrong.)";

struct LanguagesOptions {
  std::vector<std::string> names;
  SettingsFlags settings{config::Role::Local, {}, {}};
  bool json = false;
  bool self_test = false;
};

/// All languages, or the named ones. Errors: EINVAL with an unknown name.
Result<Languages> choose(const Catalogue& catalogue, const std::vector<std::string>& names) {
  Languages chosen;
  for (const std::string& name : names) {
    const Language* language = catalogue.find(name);
    if (language == nullptr)
      return invalid(unknown_language(catalogue, name));
    chosen.push_back(language);
  }
  if (!names.empty()) return chosen;
  for (const Language& language : catalogue.list()) chosen.push_back(&language);
  return chosen;
}

int list(const LanguagesOptions& options, const config::Settings& settings) {
  auto catalogue = Catalogue::load_builtin(settings.languages_dir);
  if (!catalogue) return terminal::complain("languages", catalogue.error());
  catalogue->detect();
  catalogue->restrict_to(settings.seccomp_profile);
  const auto chosen = choose(*catalogue, options.names);
  if (!chosen) return terminal::complain("languages", chosen.error());
  return terminal::print_or_complain(
      "languages", options.json ? json_of(*chosen)
                                : table_of(*chosen, terminal::Paint::for_descriptor(STDOUT_FILENO),
                                           terminal::columns_of(STDOUT_FILENO)));
}

std::vector<terminal::Cell> row_of(const SelfTestResult& result) {
  const auto& report = result.report;
  const bool compiled = report && report->compile && !report->compile->cached;
  const auto* test = report && report->verdict != submission::Verdict::CompileError
                         ? &report->tests.at(0)
                         : nullptr;
  const auto verdict = report ? report->verdict : submission::Verdict::InternalError;
  return {{result.language->id},
          {result.language->name},
          {std::string(to_string(result.profile))},
          {words_of(verdict), style_of(verdict)},
          {compiled ? terminal::show_duration(report->compile->wall_time) : ""},
          {test != nullptr ? terminal::show_duration(test->cpu_time) : ""},
          {test != nullptr ? terminal::show_duration(test->wall_time) : ""},
          {test != nullptr ? terminal::show_measured(test->memory_peak) : ""},
          {note_on(result)}};
}

std::string json_of_results(const SelfTestResult& result) {
  submission::JsonWriter json;
  json.begin_object();
  add_language(json, *result.language);
  json.key("seccomp_profile");
  json.text(to_string(result.profile));
  json.key("passed");
  json.boolean(result.passed());
  json.key("note");
  json.text(note_on(result));
  json.end_object();
  return json.take();
}

std::string json_of_results(const std::vector<SelfTestResult>& results) {
  submission::JsonWriter json;
  json.begin_array();
  for (const SelfTestResult& result : results) json.raw(json_of_results(result));
  json.end_array();
  return json.take() + "\n";
}

std::string table_of_results(const std::vector<SelfTestResult>& results) {
  using Align = terminal::Column::Align;
  terminal::Table table{{{"id"},
                         {"name"},
                         {"profile"},
                         {"self-test"},
                         {"compile", Align::Right},
                         {"cpu", Align::Right},
                         {"wall", Align::Right},
                         {"memory", Align::Right},
                         {""}}};
  std::size_t passed = 0;
  for (const SelfTestResult& result : results) {
    passed += result.passed() ? 1 : 0;
    table.add(row_of(result));
  }
  const terminal::Paint paint = terminal::Paint::for_descriptor(STDOUT_FILENO);
  return table.render(paint, terminal::columns_of(STDOUT_FILENO)) + "\n" + std::to_string(passed) +
         " of " + std::to_string(results.size()) + " passed\n";
}

struct Candidate {
  const Language* language = nullptr;
  SeccompProfile profile = SeccompProfile::Standard;
};

/// The tests to run. A language that was named is tested even if it is not available; without names
/// all available languages are tested. Without --seccomp-profile each is tested under all profiles
/// that it claims, if the engine has profiles.
std::vector<Candidate> candidates_of(const Languages& chosen, const LanguagesOptions& options,
                                     const config::Settings& settings) {
  const bool is_one = is_given(options.settings, "seccomp_profile") ||
                      settings.sandbox == config::SandboxKind::Isolate;
  std::vector<Candidate> candidates;
  for (const Language* language : chosen) {
    if (options.names.empty() && !language->available()) continue;
    for (const auto& [profile, name] : kSeccompProfiles) {
      const bool claimed = language::profile_problem(*language, profile).empty();
      // A named language is complained about, if it does not claim the profile.
      const bool fits = claimed || !options.names.empty();
      if (is_one ? profile == settings.seccomp_profile && fits : claimed)
        candidates.push_back({language, profile});
    }
  }
  return candidates;
}

int self_test(const LanguagesOptions& options, const config::Settings& settings) {
  asio::io_context loop{1};
  const SystemClock clock;
  // A cached program, perhaps compiled under another kernel, would not test the compiler.
  const ShortLivedFolder artifacts;
  const auto engine = open_local_engine(loop, settings, {1, artifacts.path()}, clock);
  if (!engine) return terminal::complain("languages", engine.error());
  const auto chosen = choose((*engine)->catalogue(), options.names);
  if (!chosen) return terminal::complain("languages", chosen.error());
  const std::vector<Candidate> candidates = candidates_of(*chosen, options, settings);
  for (const auto& [language, profile] : candidates) {
    if (auto problem = language::profile_problem(*language, profile); !problem.empty())
      return terminal::complain("languages", language->id + ": " + problem), terminal::kFailure;
  }
  Interrupt interrupt{loop};
  terminal::ProgressBar bar{STDERR_FILENO, terminal::ProgressBar::When::OnTerminal, clock};
  std::vector<SelfTestResult> results;
  terminal::Done done;
  done.total = candidates.size();
  for (const auto& [language, profile] : candidates) {
    if (interrupt.came()) break;
    bar.show(done);
    judge::Judge judge{(*engine)->catalogue(),
                       (*engine)->sandbox(),
                       (*engine)->artifacts(),
                       (*engine)->reservoir(),
                       clock,
                       profile};
    results.push_back(
        service::run_to_end(loop, run_self_test(judge, *language, interrupt.token())));
    results.back().profile = profile;
    ++done.done;
    done.failed += results.back().passed() ? 0 : 1;
  }
  bar.clear();
  const int printed = terminal::print_or_complain(
      "languages", options.json ? json_of_results(results) : table_of_results(results));
  if (interrupt.came()) return terminal::kInterrupted;
  return done.failed == 0 ? printed : terminal::kFailure;
}

int languages(const LanguagesOptions& options) {
  const auto settings = load_local_settings(options.settings);
  if (!settings) return terminal::complain("languages", settings.error());
  return options.self_test ? self_test(options, *settings) : list(options, *settings);
}

}  // namespace

void add_languages_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("languages", "List the languages of this machine, or test them");
  command->footer(kLanguagesFooter);
  auto options = std::make_shared<LanguagesOptions>();
  command->add_option("NAME", options->names, "Only these languages [all]")->option_text(" ");
  command->add_flag("--self-test", options->self_test,
                    "Compile and run a small program in each language");
  command->add_flag("--json", options->json, "Print JSON");
  add_settings_flags(*command, options->settings);
  command->callback([&action, options] { action = [options] { return languages(*options); }; });
}

}  // namespace evalx::app
