#include "local_engine.hpp"

#include <signal.h>
#include <unistd.h>

#include "base/log.hpp"
#include "config/load.hpp"
#include "privilege.hpp"

namespace evalx::app {
namespace {

std::filesystem::path cache_folder() {
  if (::geteuid() == 0) return "/var/cache/evalx";
  const config::Environment environment = config::environment_of_process();
  if (const auto cache = environment.find("XDG_CACHE_HOME");
      cache != environment.end() && cache->second.starts_with('/'))
    return std::filesystem::path(cache->second) / "evalx";
  const auto home = environment.find("HOME");
  return std::filesystem::path(home == environment.end() ? "/" : home->second) / ".cache/evalx";
}

}  // namespace

Result<std::unique_ptr<Engine>> open_local_engine(asio::io_context& loop, LocalOptions options,
                                                  const Clock& clock) {
  // What goes wrong is told in plain words by the command.
  log::set_level(log::Level::Off);
  EngineSettings settings = default_engine_settings();
  if (options.sandboxes != 0) settings.max_concurrent_sandboxes = options.sandboxes;
  settings.languages = std::move(options.languages);
  settings.artifacts = options.artifacts.empty() ? cache_folder() : std::move(options.artifacts);
  settings.seccomp_profile = options.seccomp_profile;
  const Identity identity = unprivileged_identity();
  EVALX_TRY_VOID(prepare_folder(settings.artifacts, identity));
  EVALX_TRY(std::unique_ptr<Engine> engine, Engine::start(loop, std::move(settings), clock));
  EVALX_TRY_VOID(give_up_root(identity));
  // From here on only the launcher has rights on this machine.
  EVALX_TRY_VOID(engine->open());
  return engine;
}

Interrupt::Interrupt(asio::io_context& loop)
    : signals_(loop.get_executor(), SIGINT, SIGTERM, SIGHUP) {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    stop_.request_stop();
    signals_.clear();
  });
}

}  // namespace evalx::app
