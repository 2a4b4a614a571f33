// `evalx version`: prints version and commit.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "commands.hpp"
#include "service/version.hpp"
#include "terminal/exit_code.hpp"

namespace evalx::app {

void add_version_command(CLI::App& app, Action& action) {
  const std::string text =
      "evalx " + std::string(service::version()) + " (" + std::string(service::commit()) + ")";
  app.set_version_flag("--version", text, "Print the version and exit");
  CLI::App* command = app.add_subcommand("version", "Print the version and the commit");
  command->footer("");
  command->callback([&action, text] {
    action = [text] {
      std::puts(text.c_str());
      return terminal::kSuccess;
    };
  });
}

}  // namespace evalx::app
