// `evalx run`: runs one program in a sandbox, at the terminal.

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "commands.hpp"
#include "flags.hpp"
#include "judge/program.hpp"
#include "kernel/file.hpp"
#include "local_engine.hpp"
#include "program.hpp"
#include "service/loop.hpp"
#include "settings_flags.hpp"
#include "show/run_summary.hpp"
#include "terminal/complaint.hpp"
#include "terminal/exit_code.hpp"
#include "terminal/human_units.hpp"
#include "terminal/saved_terminal.hpp"
#include "terminal/terminal.hpp"

namespace evalx::app {
namespace {

constexpr const char* kRunFooter = R"(Examples:
  evalx run hello.py
  evalx run sum.cpp < numbers.txt
  evalx run -t 500ms -m 64M a.rs --verbose 7
  echo 'print(1 + 1)' | evalx run --language python -

The options of evalx stand before FILE; all words after FILE go to the program. If FILE is -, the
source is read from stdin, and the program's stdin is empty.

Times: 500ms, 1.5s, 2m; 5 is 5s. Sizes: 64K, 256M, 1.5G (powers of 1024). The needs of a language's
runtime (such as the memory of a JVM) are added to the limits. The program has no network and cannot
see your files. It starts in an empty folder, which is deleted afterwards.

A flag --some-key that is not a limit is also the variable EVALX_SOME_KEY, such as
EVALX_SECCOMP_PROFILE. Compiled programs are kept in /var/cache/evalx for root, otherwise in
$XDG_CACHE_HOME/evalx or ~/.cache/evalx; if that is not possible, each command compiles again.

Exit codes: the program's own; 128 + N if signal N ended it; 124 at a limit; 130 after Ctrl-C;
1 if it does not compile or evalx itself failed; 2 if the command line is wrong.)";

/// A person at a terminal needs more time than a test, but a runaway program must end.
constexpr Microseconds kCpuTime = std::chrono::seconds{10};
constexpr Microseconds kWallTime = std::chrono::hours{1};

struct RunOptions {
  RunOptions() { limits.limits.cpu_time = kCpuTime; }

  ProgramFlags program;
  std::vector<std::string> args;
  LimitFlags limits;
  bool quiet = false;
};

/// A compiled program, ready to run.
struct Executable {
  sandbox::PackFd files;
  sandbox::RunSpec spec;
};

Task<Result<judge::Compiled>> build(service::Engine& engine, const language::Language& language,
                                    language::Plan& plan, std::stop_token stop) {
  judge::Compiler compiler{engine.sandbox(), engine.artifacts(), engine.reservoir()};
  auto compiled = co_await judge::build_program(compiler, language, plan,
                                                engine.settings().seccomp_profile, std::move(stop));
  co_return compiled;
}

Task<Result<sandbox::Outcome>> execute(service::Engine& engine, Executable program) {
  sandbox::BoxSpec box_spec;
  box_spec.files = std::move(program.files);
  box_spec.profile = engine.settings().seccomp_profile;
  EVALX_CO_TRY(std::unique_ptr<sandbox::Box> box,
               co_await engine.sandbox().open(std::move(box_spec)));
  const terminal::SavedTerminal saved;
  auto outcome = co_await box->run(std::move(program.spec));
  co_return outcome;
}

sandbox::RunSpec spec_of(const RunOptions& options, const language::Language& language,
                         language::Plan plan, submission::Limits limits, int stdin_fd,
                         std::stop_token stop) {
  sandbox::RunSpec spec;
  spec.argv = std::move(plan.run);
  spec.argv.insert(spec.argv.end(), options.args.begin(), options.args.end());
  spec.environment = std::move(plan.run_environment);
  spec.limits = limits;
  spec.stdio = {stdin_fd, STDOUT_FILENO, STDERR_FILENO};
  spec.proc = language.shared_proc ? sandbox::Proc::Shared : sandbox::Proc::Own;
  spec.stop = std::move(stop);
  return spec;
}

int fail_with(const Error& error, const Interrupt& interrupt) {
  if (interrupt.came()) return terminal::kInterrupted;
  return terminal::complain("run", error);
}

void print_summary(const sandbox::Outcome& outcome, const submission::Limits& limits) {
  const terminal::Paint paint = terminal::Paint::for_descriptor(STDERR_FILENO);
  const bool is_well = outcome.cause == sandbox::Cause::Exited && outcome.exit_code == 0;
  const std::string line =
      "evalx: " +
      paint(is_well ? terminal::Style::Dim : terminal::Style::Bad, run_summary(outcome, limits)) +
      "\n";
  std::fputs(line.c_str(), stderr);
}

int build_and_run(const RunOptions& options, const LocalEngine& local, asio::io_context& loop,
                  const language::Language& language, language::Plan plan) {
  service::Engine& engine = *local;
  if (!options.quiet) print_remarks(local, plan.compile.has_value());
  Interrupt interrupt{loop};
  const auto compiled = service::run_to_end(loop, build(engine, language, plan, interrupt.token()));
  if (!compiled) return fail_with(compiled.error(), interrupt);
  // Also after success, because of the warnings.
  if (!kernel::write_all(STDERR_FILENO, compiled->report.output.head)) return terminal::kFailure;
  if (!compiled->program) {
    if (!options.quiet) terminal::complain("run", "the program does not compile");
    return terminal::kFailure;
  }
  submission::Limits limits = options.limits.limits;
  if (!options.limits.has_wall_time) limits.wall_time = kWallTime;
  limits = judge::with_allowance(limits, language.allowance);
  // The source was all of stdin.
  const kernel::Fd nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const int stdin_fd = options.program.file == kStdin ? nothing.get() : STDIN_FILENO;
  sandbox::RunSpec spec =
      spec_of(options, language, std::move(plan), limits, stdin_fd, interrupt.token());
  const auto outcome =
      service::run_to_end(loop, execute(engine, Executable{compiled->program, std::move(spec)}));
  if (!outcome) return fail_with(outcome.error(), interrupt);
  if (outcome->cause == sandbox::Cause::NotStarted)
    return terminal::complain("run", {outcome->start_error, "start the program"});
  if (!options.quiet) print_summary(*outcome, limits);
  return exit_code_of(*outcome);
}

int run(const RunOptions& options) {
  const auto settings = load_local_settings(options.program.settings);
  if (!settings) return terminal::complain("run", settings.error());
  auto file = read_program(options.program.file);
  if (!file) return terminal::complain("run", file.error()), terminal::kMisuse;
  asio::io_context loop{1};
  const SystemClock clock;
  const auto engine = open_local_engine(loop, *settings, {1}, clock);
  if (!engine) return terminal::complain("run", engine.error());
  const auto language = choose_language((*engine)->catalogue(), options.program);
  if (!language) return terminal::complain("run", language.error());
  ProgramFile source = named_for(**language, *std::move(file));
  const submission::Limits& limits = options.limits.limits;
  auto plan = language::plan(**language, {{std::move(source.path), std::move(source.content)}},
                             options.program.compiler_options,
                             {limits.memory, limits.stack.value_or(limits.memory)});
  if (!plan) return terminal::complain("run", plan.error());
  return build_and_run(options, *engine, loop, **language, *std::move(plan));
}

}  // namespace

void add_run_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("run", "Run a program in a sandbox, at this terminal");
  command->footer(kRunFooter);
  auto options = std::make_shared<RunOptions>();
  add_program_file(*command, options->program);
  command->add_option("ARG", options->args, "Arguments of the program, options included")
      ->option_text(" ");
  add_program_flags(*command, options->program);
  command->add_flag("-q,--quiet", options->quiet, "Print no summary of the run on stderr");
  add_limit_flags(*command, options->limits, terminal::write_duration(kWallTime),
                  LimitFlags::Outputs::Passed);
  command->callback([&action, options] { action = [options] { return run(*options); }; });
}

}  // namespace evalx::app
