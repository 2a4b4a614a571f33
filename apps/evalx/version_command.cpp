// `evalx version`.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "commands.hpp"
#include "exit_code.hpp"

namespace evalx::app {

void add_version_command(CLI::App& app, Action& action) {
  const char* const text = "evalx " EVALX_VERSION " (" EVALX_COMMIT ")";
  app.set_version_flag("--version", text, "Print the version and exit");
  CLI::App* command = app.add_subcommand("version", "Print the version and the commit it is of");
  command->callback([&action, text] {
    action = [text] {
      std::puts(text);
      return kSuccess;
    };
  });
}

}  // namespace evalx::app
