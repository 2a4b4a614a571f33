#include "engine.hpp"

#include <sched.h>
#include <unistd.h>

#include <set>

namespace evalx::app {
namespace {

/// What the languages that are here need of the machine beside /usr, each path once.
std::vector<std::string> root_paths(const language::Catalogue& catalogue) {
  std::set<std::string> paths;
  for (const language::Language& language : catalogue.list()) {
    if (language.available()) paths.insert(language.host_paths.begin(), language.host_paths.end());
  }
  return {paths.begin(), paths.end()};
}

std::size_t cpu_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) < 0) return 1;
  return static_cast<std::size_t>(CPU_COUNT(&set));
}

}  // namespace

EngineSettings default_engine_settings() {
  EngineSettings settings;
  settings.max_concurrent_sandboxes = cpu_count();
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  settings.memory_budget = Bytes{pages * page / 10 * 9};
  return settings;
}

Result<std::unique_ptr<Engine>> Engine::start(asio::io_context& loop, EngineSettings settings,
                                              const Clock& clock) {
  EVALX_TRY(language::Catalogue catalogue, language::Catalogue::load_builtin(settings.languages));
  catalogue.detect();
  catalogue.restrict_to(settings.seccomp_profile);
  sandbox::native::NativeOptions options;
  options.root_paths = root_paths(catalogue);
  // A slot a CPU keeps program and supervisor together; with more slots than CPUs the scheduler
  // knows better. Under strict there are more: compilations have slots of their own.
  options.pin_cpus = settings.max_concurrent_sandboxes <= cpu_count() &&
                     settings.seccomp_profile != SeccompProfile::Strict;
  EVALX_TRY(std::unique_ptr<sandbox::native::NativeSandbox> sandbox,
            sandbox::native::NativeSandbox::start(loop, std::move(options)));
  return std::unique_ptr<Engine>{
      new Engine{std::move(settings), clock, std::move(catalogue), std::move(sandbox)}};
}

Engine::Engine(EngineSettings settings, const Clock& clock, language::Catalogue catalogue,
               std::unique_ptr<sandbox::native::NativeSandbox> sandbox)
    : settings_(std::move(settings)),
      clock_(clock),
      catalogue_(std::move(catalogue)),
      sandbox_(std::move(sandbox)) {}

Engine::~Engine() = default;

Result<> Engine::open() {
  EVALX_TRY(artifact::Store store,
            artifact::Store::open(settings_.artifacts, settings_.artifact_capacity));
  artifacts_ = std::make_unique<artifact::Store>(std::move(store));
  reservoir_ = std::make_unique<judge::Reservoir>(settings_.max_concurrent_sandboxes,
                                                  settings_.memory_budget);
  judge_ = std::make_unique<judge::Judge>(catalogue_, *sandbox_, *artifacts_, *reservoir_, clock_,
                                          settings_.seccomp_profile);
  return {};
}

}  // namespace evalx::app
