// evalx: the commands of the one binary.

#include <cstdio>
#include <string_view>

#include "config/load.hpp"
#include "engine.hpp"
#include "sandbox/native/launcher.hpp"
#include "serve.hpp"
#include <unistd.h>

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "launch") return evalx::sandbox::native::run_launcher();
  if (command == "serve") {
    const auto defaults = evalx::app::default_engine_settings();
    evalx::config::Machine machine;
    machine.cpus = static_cast<unsigned>(defaults.max_concurrent_sandboxes);
    machine.memory_budget = defaults.memory_budget;
    machine.is_root = ::geteuid() == 0;
    const auto settings = evalx::config::load_settings({}, {}, machine);
    if (!settings) {
      std::fprintf(stderr, "evalx serve: %s\n", settings.error().what.c_str());
      return 2;
    }
    return evalx::app::serve(*settings);
  }
  std::fputs("usage: evalx serve\n", stderr);
  return 2;
}
