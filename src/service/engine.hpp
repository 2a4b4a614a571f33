#pragma once
// Engine: everything that judging needs, built once: languages, sandbox, artifacts, judge.

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "artifact/share.hpp"
#include "artifact/store.hpp"
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/seccomp_profile.hpp"
#include "config/settings.hpp"
#include "judge/judge.hpp"
#include "judge/reservoir.hpp"
#include "language/catalogue.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/weakness.hpp"

namespace evalx::service {

/// Options of an engine that the process decides, not the operator.
struct EngineOptions {
  std::filesystem::path artifacts;                       ///< Folder of compiled programs.
  artifact::Sharing sharing = artifact::Sharing::Alone;  ///< Whether others use that folder.
  /// Called on the loop when the launcher of the native engine has died. Every later run fails with
  /// an error. Empty: nothing is called.
  std::function<void()> on_launcher_lost{};
};

/// Built in two steps, because only the first may need root: start() finds the languages and starts
/// the launcher of the native engine. Then the caller gives up root. Then open() makes the rest, so
/// that the boxes of isolate belong to an unprivileged user. Lives on `loop`, which must outlive
/// it, as must the clock.
class Engine {
 public:
  /// Errors: EINVAL for a language file; ENOTSUP for a profile that isolate does not have; those of
  /// the launcher, with the step that failed.
  static Result<std::unique_ptr<Engine>> start(asio::io_context& loop, config::Settings settings,
                                               EngineOptions options, const Clock& clock);
  /// Errors: those of the artifact folder and of the share's address; ENOTSUP with a sentence for
  /// an isolate that cannot be used.
  Result<> open();
  ~Engine();

  [[nodiscard]] const language::Catalogue& catalogue() const { return catalogue_; }
  [[nodiscard]] const config::Settings& settings() const { return settings_; }
  // The functions below may be called after open() only.

  sandbox::Sandbox& sandbox() { return *sandbox_; }
  /// The version of evalX ("0.1.0") for the native engine, of the tool ("1.8") for isolate.
  [[nodiscard]] const std::string& sandbox_version() const { return sandbox_version_; }
  /// The protections that the sandbox reports as missing.
  [[nodiscard]] const std::vector<sandbox::Weakness>& weaknesses() const { return weaknesses_; }
  /// The system call policy for programs; nullopt: isolate has none.
  [[nodiscard]] std::optional<SeccompProfile> seccomp_profile() const;
  /// The cgroup version that isolate uses for runs; nullopt: none, or the engine is native.
  [[nodiscard]] std::optional<unsigned> isolate_cgroup_version() const { return isolate_cgroups_; }
  artifact::Store& artifacts() { return *artifacts_; }
  /// Artifacts exchanged with other workers; all zero if nothing is shared.
  [[nodiscard]] artifact::Share::Counters shared() const;
  judge::Reservoir& reservoir() { return *reservoir_; }
  judge::Judge& judge() { return *judge_; }

 private:
  Engine(asio::io_context& loop, config::Settings settings, EngineOptions options,
         const Clock& clock, language::Catalogue catalogue);
  Result<> start_native();
  Result<> start_isolate();

  asio::io_context& loop_;
  const config::Settings settings_;
  EngineOptions options_;
  const Clock& clock_;
  language::Catalogue catalogue_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::string sandbox_version_;
  std::vector<sandbox::Weakness> weaknesses_;
  std::optional<unsigned> isolate_cgroups_;
  std::unique_ptr<artifact::Store> artifacts_;
  std::unique_ptr<artifact::Share> share_;  ///< Null if nothing is shared.
  std::unique_ptr<judge::Reservoir> reservoir_;
  std::unique_ptr<judge::Judge> judge_;
};

}  // namespace evalx::service
