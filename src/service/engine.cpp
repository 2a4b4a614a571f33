#include "service/engine.hpp"

#include <set>

#include "config/load.hpp"
#include "sandbox/isolate/isolate_sandbox.hpp"
#include "sandbox/native/native_sandbox.hpp"
#include "service/version.hpp"
#include "share/redis_share.hpp"

namespace evalx::service {
namespace {

using config::SandboxKind;
using sandbox::isolate::IsolateOptions;
using sandbox::isolate::IsolateSandbox;

/// The paths outside /usr that available languages need in the sandbox, each once.
std::vector<std::string> root_paths(const language::Catalogue& catalogue) {
  std::set<std::string> paths;
  for (const language::Language& language : catalogue.list()) {
    if (language.available()) paths.insert(language.host_paths.begin(), language.host_paths.end());
  }
  return {paths.begin(), paths.end()};
}

/// One sentence for an isolate that cannot be used, for any reason.
auto refused(const Error& error, unsigned boxes) {
  const bool is_number = error.code == std::errc::result_out_of_range ||
                         error.code == std::errc::device_or_resource_busy;
  const bool says_all = is_number || error.code == std::errc::io_error ||
                        error.code == std::errc::not_supported ||
                        error.code == std::errc::bad_message;
  std::string text = "sandbox isolate: ";
  if (is_number) text += "max_concurrent_sandboxes is " + std::to_string(boxes) + ", but ";
  text += error.what;
  // As a shell does: a folder of PATH that may not be read is passed over.
  const bool is_denied = error.code == std::errc::permission_denied;
  if (!says_all) text += is_denied ? ": not found" : ": " + error.code.message();
  // PATH is searched by the unprivileged user: a folder closed to that user gives EACCES.
  if (error.code == std::errc::no_such_file_or_directory ||
      error.code == std::errc::permission_denied)
    text += "; install isolate, or let isolate_path name it";
  return fail(std::make_error_code(std::errc::not_supported), text);
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::start(asio::io_context& loop, config::Settings settings,
                                              EngineOptions options, const Clock& clock) {
  if (settings.sandbox == SandboxKind::Isolate &&
      settings.seccomp_profile != SeccompProfile::Standard)
    return fail(std::make_error_code(std::errc::not_supported),
                "seccomp_profile " + std::string(to_string(settings.seccomp_profile)) +
                    " needs sandbox native: isolate has no such filters");
  EVALX_TRY(language::Catalogue catalogue,
            language::Catalogue::load_builtin(settings.languages_dir));
  catalogue.detect();
  catalogue.restrict_to(settings.seccomp_profile);
  std::unique_ptr<Engine> engine{
      new Engine{loop, std::move(settings), std::move(options), clock, std::move(catalogue)}};
  if (engine->settings_.sandbox == SandboxKind::Native) {
    EVALX_TRY_VOID(engine->start_native());
  }
  return engine;
}

Engine::Engine(asio::io_context& loop, config::Settings settings, EngineOptions options,
               const Clock& clock, language::Catalogue catalogue)
    : loop_(loop),
      settings_(std::move(settings)),
      options_(std::move(options)),
      clock_(clock),
      catalogue_(std::move(catalogue)) {}

Engine::~Engine() = default;

Result<> Engine::start_native() {
  sandbox::native::NativeOptions options;
  options.root_paths = root_paths(catalogue_);
  // With one slot per CPU, pinning keeps program and supervisor on one CPU. With more slots than
  // CPUs the scheduler does better. The strict profile needs more, because compilations have slots
  // of their own.
  options.pin_cpus = settings_.max_concurrent_sandboxes <= config::this_machine().cpus &&
                     settings_.seccomp_profile != SeccompProfile::Strict;
  options.allow_weak = settings_.allow_weak;
  options.on_launcher_lost = options_.on_launcher_lost;
  EVALX_TRY(auto sandbox, sandbox::native::NativeSandbox::start(loop_, std::move(options)));
  weaknesses_ = sandbox->weaknesses();
  sandbox_version_ = version();
  sandbox_ = std::move(sandbox);
  return {};
}

Result<> Engine::start_isolate() {
  IsolateOptions options;
  options.tool = settings_.isolate_path;
  options.first_box = settings_.isolate_first_box;
  options.boxes = static_cast<unsigned>(settings_.max_concurrent_sandboxes);
  for (std::string& path : root_paths(catalogue_)) options.dirs.push_back(std::move(path));
  // Lock files need a folder that exists, and the default one may be missing.
  if (!std::filesystem::is_directory(options.state_dir)) options.state_dir = "/tmp";
  const unsigned boxes = options.boxes;
  if (settings_.allow_weak) options.cgroups = sandbox::isolate::Cgroups::IfAvailable;
  auto sandbox = IsolateSandbox::start(loop_, std::move(options));
  if (!sandbox) return refused(sandbox.error(), boxes);
  const auto found = (*sandbox)->version();
  weaknesses_ = (*sandbox)->weaknesses();
  if ((*sandbox)->uses_cgroups()) isolate_cgroups_ = found.major >= 2 ? 2 : 1;
  sandbox_version_ = std::to_string(found.major) + "." + std::to_string(found.minor);
  sandbox_ = *std::move(sandbox);
  return {};
}

std::optional<SeccompProfile> Engine::seccomp_profile() const {
  if (settings_.sandbox == SandboxKind::Isolate) return std::nullopt;
  return settings_.seccomp_profile;
}

Result<> Engine::open() {
  if (settings_.sandbox == SandboxKind::Isolate) {
    EVALX_TRY_VOID(start_isolate());
  }
  EVALX_TRY(
      artifact::Store store,
      artifact::Store::open(options_.artifacts, settings_.artifact_capacity, options_.sharing));
  artifacts_ = std::make_unique<artifact::Store>(std::move(store));
  const auto* redis = std::get_if<config::RedisQueue>(&settings_.queue);
  if (redis != nullptr && settings_.artifact_share == config::ArtifactShare::Redis) {
    share::Options options;
    EVALX_TRY(options.address, queue::redis::parse_address(redis->url));
    share_ = share::open(loop_, std::move(options));
  }
  reservoir_ = std::make_unique<judge::Reservoir>(settings_.max_concurrent_sandboxes,
                                                  settings_.memory_budget);
  judge_ = std::make_unique<judge::Judge>(catalogue_, *sandbox_, *artifacts_, *reservoir_, clock_,
                                          settings_.seccomp_profile, share_.get());
  return {};
}

artifact::Share::Counters Engine::shared() const {
  return share_ ? share_->counters() : artifact::Share::Counters{};
}

}  // namespace evalx::service
