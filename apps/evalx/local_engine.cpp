#include "local_engine.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.hpp"
#include "config/load.hpp"
#include "kernel/file.hpp"
#include "service/mechanisms.hpp"
#include "service/privilege.hpp"
#include "service/resource_limits.hpp"
#include "terminal/complaint.hpp"

namespace evalx::app {
namespace {

/// Folder of compiled programs.
struct Cache {
  std::filesystem::path folder;
  std::unique_ptr<ShortLivedFolder> spare{};
  std::string problem{};
};

/// Whether local commands can share the folder: an earlier release uses it alone.
Result<> try_to_share(const std::filesystem::path& folder) {
  EVALX_TRY(const kernel::Fd open,
            kernel::open_at(AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY));
  if (::flock(open.get(), LOCK_SH | LOCK_NB) == 0) return {};
  return fail(last_error(), "share the folder", folder.string());
}

/// The folder that lasts. Errors: those of the folder; ENOENT without HOME.
Result<std::filesystem::path> lasting_folder(const service::Identity& identity) {
  auto folder = config::default_cache_dir(::geteuid() == 0, config::environment_of_process());
  if (!folder)
    return fail(std::make_error_code(std::errc::no_such_file_or_directory),
                "neither HOME nor XDG_CACHE_HOME is an absolute path");
  EVALX_TRY_VOID(service::prepare_folder(*folder, identity));
  EVALX_TRY_VOID(try_to_share(*folder));
  return *std::move(folder);
}

Result<Cache> choose_cache(std::filesystem::path chosen, const service::Identity& identity) {
  if (!chosen.empty()) {
    EVALX_TRY_VOID(service::prepare_folder(chosen, identity));
    return Cache{std::move(chosen)};
  }
  auto lasting = lasting_folder(identity);
  if (lasting) return Cache{*std::move(lasting)};
  auto spare = std::make_unique<ShortLivedFolder>();
  if (spare->path().empty()) return tl::make_unexpected(std::move(lasting).error());
  EVALX_TRY_VOID(service::prepare_folder(spare->path(), identity));
  Cache cache{spare->path()};
  cache.spare = std::move(spare);
  cache.problem = "the compiled program is not kept: " + words_of(lasting.error());
  if (::geteuid() != 0) cache.problem += " (XDG_CACHE_HOME chooses another folder)";
  return cache;
}

}  // namespace

Result<LocalEngine> open_local_engine(asio::io_context& loop, const config::Settings& settings,
                                      LocalOptions options, const Clock& clock) {
  log::set_level(log::Level::Off);
  config::Settings engine_settings = settings;
  engine_settings.max_concurrent_sandboxes = options.sandboxes;
  service::raise_resource_limits();
  const service::Identity identity = service::unprivileged_identity();
  service::Machine machine = service::examine_machine(settings);
  EVALX_TRY_VOID(service::check_mechanisms_briefly(machine.findings, settings));
  EVALX_TRY(Cache cache, choose_cache(std::move(options.artifacts), identity));
  EVALX_TRY(std::unique_ptr<service::Engine> engine,
            service::Engine::start(loop, std::move(engine_settings),
                                   {cache.folder, artifact::Sharing::Shared}, clock));
  EVALX_TRY_VOID(service::give_up_root(identity, service::setuid_tools_of(settings.sandbox)));
  // From now on only the launcher has rights on this machine.
  EVALX_TRY_VOID(engine->open());
  const doctor::Findings found = service::examine_engine(*engine);
  EVALX_TRY_VOID(service::check_mechanisms_briefly(found, settings));
  append(machine.findings, found);
  LocalEngine local{std::move(cache.spare), std::move(engine)};
  local.cache_problem = std::move(cache.problem);
  const std::string missing = service::names_of_missing(machine.findings);
  if (!missing.empty())
    local.weakness = "weaker isolation, as allowed: without " + missing + "; evalx doctor explains";
  return local;
}

void print_remarks(const LocalEngine& engine, bool compiles) {
  if (!engine.weakness.empty()) terminal::remark(engine.weakness);
  if (compiles && !engine.cache_problem.empty()) terminal::remark(engine.cache_problem);
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
