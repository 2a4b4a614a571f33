// `evalx judge`: judges one program by a folder of tests.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "commands.hpp"
#include "config/load.hpp"
#include "flags.hpp"
#include "judge/program.hpp"
#include "judge/progress.hpp"
#include "kernel/file.hpp"
#include "local_engine.hpp"
#include "program.hpp"
#include "service/loop.hpp"
#include "settings_flags.hpp"
#include "show/report_table.hpp"
#include "submission/encode.hpp"
#include "submission/schema.hpp"
#include "terminal/complaint.hpp"
#include "terminal/exit_code.hpp"
#include "terminal/human_units.hpp"
#include "terminal/progress_bar.hpp"
#include "test_files.hpp"

namespace evalx::app {
namespace {

using submission::Compare;
using submission::Verdict;

constexpr const char* kJudgeExamples = R"(Examples:
  evalx judge a.cpp tests/
  evalx judge --cpu-time 500ms --compare float --absolute 1e-9 a.py tests/
  evalx judge --json --first-failure a.rs tests/ > report.json

TESTS holds NAME.in with NAME.out or NAME.ans. A test is accepted if the program exits with 0 within
its limits and prints the answer.

The compare modes:
)";

constexpr const char* kJudgeUnitsAndCodes =
    R"(
Times: 500ms, 1.5s, 2m; 5 is 5s. Sizes: 64K, 256M, 1.5G (powers of 1024). The needs of a language's runtime
(such as the memory of a JVM) are added to the limits.

Exit codes: 0 all accepted, 1 not all accepted (or it does not compile, or evalx itself failed),
2 the command line or the tests are wrong, 130 after Ctrl-C.)";

std::string judge_footer() {
  std::string text = kJudgeExamples;
  for (const auto& [mode, word] : submission::kCompareModes)
    text += fmt::format("  {:<19}  {}\n", word, about(mode));
  return text + kJudgeUnitsAndCodes;
}

constexpr unsigned kMostJobs = 2048;

struct JudgeOptions {
  ProgramFlags program;
  std::string tests;
  LimitFlags limits;
  Compare compare;
  bool first_failure = false;
  bool no_answers = false;
  bool json = false;
  unsigned jobs = 0;
};

/// Moves the bar while tests end.
class BarProgress final : public judge::Progress {
 public:
  BarProgress(terminal::ProgressBar& bar, std::size_t tests) : bar_(bar) { done_.total = tests; }

  void begin(bool compiles) {
    if (compiles) done_.doing = "compiling";
    bar_.show(done_);
  }
  void compiled(const submission::CompileReport&) override { show(); }
  void tested(const submission::TestReport& test) override {
    ++done_.done;
    if (test.verdict != Verdict::Accepted) ++done_.failed;
    show();
  }

 private:
  void show() {
    done_.doing.clear();
    bar_.show(done_);
  }
  terminal::ProgressBar& bar_;
  terminal::Done done_;
};

submission::Limits limits_of(const LimitFlags& flags) {
  submission::Limits limits = flags.limits;
  if (!flags.has_wall_time)
    limits.wall_time = submission::default_wall_time(limits.cpu_time, submission::any_limits());
  return limits;
}

submission::Submission submission_of(const JudgeOptions& options,
                                     const language::Language& language, ProgramFile source,
                                     std::vector<NamedTest>& tests) {
  submission::Submission submission;
  submission.language = language.id;
  submission.files = {named_for(language, std::move(source))};
  for (NamedTest& test : tests) submission.tests.push_back(std::move(test.test));
  submission.limits = limits_of(options.limits);
  submission.compare = options.compare;
  submission.policy =
      options.first_failure ? submission::Policy::FirstFailure : submission::Policy::All;
  submission.compiler_options = options.program.compiler_options;
  return submission;
}

ReportContext context_of(const std::vector<NamedTest>& tests, const JudgeOptions& options,
                         const language::Language& language) {
  ReportContext context;
  for (const NamedTest& test : tests) {
    context.names.push_back(test.name);
    context.answers.push_back(test.test.expected_output);
  }
  context.compare = options.compare;
  context.limits = judge::with_allowance(limits_of(options.limits), language.allowance);
  return context;
}

Result<> print_report(const submission::Report& report, const ReportContext& context) {
  // Also after success: warnings may explain a wrong answer.
  if (report.compile) EVALX_TRY_VOID(kernel::write_all(STDERR_FILENO, report.compile->output.head));
  const terminal::Paint paint = terminal::Paint::for_descriptor(STDOUT_FILENO);
  const terminal::Style style = style_of(report.verdict);
  if (report.verdict == Verdict::CompileError)
    return kernel::write_all(STDOUT_FILENO, paint(style, "compile error") + "\n");
  const std::size_t columns = terminal::columns_of(STDOUT_FILENO);
  return kernel::write_all(STDOUT_FILENO, report_table(report, context).render(paint, columns) +
                                              "\n" + paint(style, summary_of(report)) + "\n");
}

int judge(const JudgeOptions& options) {
  const auto settings = load_local_settings(options.program.settings);
  if (!settings) return terminal::complain("judge", settings.error());
  auto source = read_program(options.program.file);
  if (!source) return terminal::complain("judge", source.error()), terminal::kMisuse;
  auto tests = read_tests(options.tests, options.no_answers ? Answers::Ignored : Answers::Needed);
  if (!tests) return terminal::complain("judge", tests.error()), terminal::kMisuse;
  asio::io_context loop{1};
  const SystemClock clock;
  const auto engine = open_local_engine(loop, *settings, {options.jobs}, clock);
  if (!engine) return terminal::complain("judge", engine.error());
  const auto language = choose_language((*engine)->catalogue(), options.program);
  if (!language) return terminal::complain("judge", language.error());

  if (!options.json) print_remarks(*engine, (*language)->compile.has_value());

  const ReportContext context = context_of(*tests, options, **language);
  submission::Submission submission =
      submission_of(options, **language, *std::move(source), *tests);
  Interrupt interrupt{loop};
  terminal::ProgressBar bar{STDERR_FILENO, terminal::ProgressBar::When::OnTerminal, clock};
  BarProgress progress{bar, context.names.size()};
  progress.begin((*language)->compile.has_value());
  const auto report = service::run_to_end(
      loop, (*engine)->judge().judge(std::move(submission), progress, interrupt.token()));
  bar.clear();
  if (!report) return terminal::complain("judge", report.error());
  const auto printed =
      options.json ? kernel::write_all(STDOUT_FILENO, submission::encode_report(*report) + "\n")
                   : print_report(*report, context);
  if (!printed) return terminal::complain("judge", printed.error());
  if (interrupt.came()) return terminal::kInterrupted;
  return report->verdict == Verdict::Accepted ? terminal::kSuccess : terminal::kFailure;
}

void add_compare_flags(CLI::App& command, Compare& compare) {
  std::map<std::string, Compare::Mode> modes;
  std::string default_mode;
  for (const auto& [mode, word] : submission::kCompareModes) {
    modes.emplace(word, mode);
    if (mode == compare.mode) default_mode = word;
  }
  const auto check = [modes](std::string& text) -> std::string {
    if (modes.contains(text)) return {};
    std::string known;
    for (const auto& [word, mode] : modes) known += (known.empty() ? "" : ", ") + word;
    return "must be one of " + known + "; it is \"" + text + "\"";
  };
  const auto set = [&compare, modes](const std::string& word) { compare.mode = modes.at(word); };
  command
      .add_option_function<std::string>(
          "-c,--compare", set, "How outputs are compared, see below [" + default_mode + "]")
      ->check(CLI::Validator(check, ""))
      ->option_text("MODE");
  add_tolerance(command, "--absolute", compare.absolute, "For float: largest absolute difference");
  add_tolerance(command, "--relative", compare.relative,
                "For float: or largest difference relative to the answer");
}

}  // namespace

void add_judge_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("judge", "Judge a program by a folder of tests");
  command->footer(judge_footer());
  auto options = std::make_shared<JudgeOptions>();
  options->jobs = config::this_machine().sandboxes;
  add_program_file(*command, options->program);
  command->add_option("TESTS", options->tests, "Folder of *.in with *.out or *.ans")
      ->required()
      ->option_text(" ");
  add_program_flags(*command, options->program);
  add_compare_flags(*command, options->compare);
  command->add_flag("--no-answers", options->no_answers, "Only run the program: accept any output");
  command->add_flag("-f,--first-failure", options->first_failure,
                    "Skip the tests after the first that fails");
  add_count(*command, "-j,--jobs", options->jobs, kMostJobs,
            "Tests at the same time, by default one per CPU");
  command->add_flag("--json", options->json,
                    "Print the report as JSON, like GET /v1/submissions/{token}");
  add_limit_flags(*command, options->limits, "three times the CPU time, at least 6s",
                  LimitFlags::Outputs::Limited);
  command->callback([&action, options] { action = [options] { return judge(*options); }; });
}

}  // namespace evalx::app
