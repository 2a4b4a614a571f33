// evalx: the commands of the one binary.

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/password.hpp"
#include "command_words.hpp"
#include "commands.hpp"
#include "kernel/signals.hpp"
#include "sandbox/native/launcher.hpp"
#include "terminal/exit_code.hpp"

namespace {

using namespace evalx::app;

constexpr const char* kFooter = R"(Examples:
  evalx run hello.py              run a program in a sandbox
  evalx judge a.cpp tests/        judge it by tests/1.in, tests/1.out, ...
  evalx doctor                    check whether this machine can run evalX
  evalx serve                     serve HTTP on 127.0.0.1:2358, and judge
  evalx api, evalx worker         the same in two processes, over a queue in Redis
  evalx jobs                      list the dead and stuck jobs of the queue
  evalx workers                   list the workers of a shared queue
  evalx token new alice           make a bearer token for a client of a server

evalx help COMMAND, or evalx COMMAND --help, explains a command.)";

/// The launcher ends when its server does. Its own session protects it from a Ctrl-C at the
/// terminal, which the server handles.
int launch() {
  evalx::kernel::reset_signals();  // Programs inherit them from here.
  ::setsid();
  // SIGHUP asks a server to read its tokens again. Its launcher and all children of that, which
  // have the same name in a list of processes, have nothing to read.
  std::signal(SIGHUP, SIG_IGN);
  return evalx::sandbox::native::run_launcher();
}

/// The library's help, with "command" for "subcommand" and without double empty lines.
class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() {
    column_width(34);
    label("SUBCOMMAND", "COMMAND");
  }
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
    text = CLI::detail::find_and_replace(std::move(text), "\nSubcommands:\n", "\nCommands:\n");
    return CLI::detail::find_and_replace(text, "\n\n\n", "\n\n");
  }
};

int misuse(const std::string& command, const std::string& complaint) {
  // An argument in the wrong place may be the URL of a queue, with its password.
  const std::string words = evalx::without_passwords(complaint);
  std::fprintf(stderr, "%s: %s\nTry: %s --help\n", command.c_str(), words.c_str(), command.c_str());
  return evalx::terminal::kMisuse;
}

int command_line(int argc, char** argv) {
  evalx::kernel::accept_signals();
  CLI::App app{"Compiles and runs programs in sandboxes, and judges them by their tests."};
  app.name("evalx");
  app.require_subcommand(1);
  app.footer(kFooter);
  app.formatter(std::make_shared<HelpFormatter>());
  Action action;
  add_run_command(app, action);
  add_judge_command(app, action);
  add_languages_command(app, action);
  add_doctor_command(app, action);
  add_server_commands(app, action);
  add_jobs_command(app, action);
  add_workers_command(app, action);
  add_token_command(app, action);
  add_version_command(app, action);
  // Never chosen: prepared() turns it into --help.
  app.add_subcommand("help", "Explain a command: evalx help COMMAND")->footer("");
  if (argc < 2) {
    std::fputs(app.help().c_str(), stderr);
    return evalx::terminal::kMisuse;
  }
  std::vector<std::string> words = prepared(app, {argv + 1, argv + argc});
  if (const std::string complaint = complaint_about_command(app, words); !complaint.empty())
    return misuse("evalx", complaint);
  try {
    std::reverse(words.begin(), words.end());  // As parse() wants them.
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return misuse(chosen_command(app), complaint_about(app, error));
  } catch (const std::exception& error) {  // A number that the library cannot read.
    return misuse(chosen_command(app), std::string{"a flag has a wrong value: "} + error.what());
  }
  return action();
}

}  // namespace

int main(int argc, char** argv) {
  // In every role: what evalX writes is for its own user, such as sources, hidden tests and tokens.
  ::umask(077);
  // Before anything else: a launcher has one thread and little memory.
  if (argc > 1 && std::string_view{argv[1]} == "launch") return launch();
  return command_line(argc, argv);
}
