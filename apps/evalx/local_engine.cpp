#include "local_engine.hpp"

#include <signal.h>
#include <unistd.h>

#include "base/log.hpp"
#include "config/load.hpp"
#include "service/mechanisms.hpp"
#include "service/privilege.hpp"

namespace evalx::app {
namespace {

Result<std::filesystem::path> folder_of_programs(std::filesystem::path chosen) {
  if (!chosen.empty()) return chosen;
  auto folder = config::default_cache_dir(::geteuid() == 0, config::environment_of_process());
  if (folder) return *std::move(folder);
  return fail(std::make_error_code(std::errc::no_such_file_or_directory),
              "choose a folder for compiled programs: neither HOME nor XDG_CACHE_HOME is an "
              "absolute path");
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
  EVALX_TRY(const std::filesystem::path artifacts,
            folder_of_programs(std::move(options.artifacts)));
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
