#include "local_engine.hpp"

#include <signal.h>
#include <unistd.h>

#include "base/log.hpp"
#include "config/load.hpp"
#include "service/mechanisms.hpp"
#include "service/privilege.hpp"

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

Result<std::unique_ptr<service::Engine>> open_local_engine(asio::io_context& loop,
                                                           const config::Settings& settings,
                                                           LocalOptions options,
                                                           const Clock& clock) {
  // Log an allowed weakness as a warning. Errors are reported by the command.
  const bool is_quiet = settings.log_level == log::Level::Off;
  log::set_level(is_quiet ? log::Level::Off : log::Level::Warning);
  config::Settings engine_settings = settings;
  engine_settings.max_concurrent_sandboxes = options.sandboxes;
  const std::filesystem::path artifacts =
      options.artifacts.empty() ? cache_folder() : std::move(options.artifacts);
  service::allow_open_files();
  const service::Identity identity = service::unprivileged_identity();
  const service::Machine machine = service::examine_machine(settings);
  EVALX_TRY_VOID(service::check_mechanisms(machine.findings, settings));
  EVALX_TRY_VOID(service::prepare_folder(artifacts, identity));
  EVALX_TRY(std::unique_ptr<service::Engine> engine,
            service::Engine::start(loop, std::move(engine_settings), {artifacts}, clock));
  EVALX_TRY_VOID(service::give_up_root(identity, service::setuid_tools_of(settings.sandbox)));
  // From now on only the launcher has rights on this machine.
  EVALX_TRY_VOID(engine->open());
  EVALX_TRY_VOID(service::check_mechanisms(service::examine_engine(*engine), settings));
  log::set_level(log::Level::Off);
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
