#pragma once
// Engine: all that judging needs, built once and passed on: languages, sandbox, artifacts, judge.

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

struct EngineSettings {
  config::SandboxKind sandbox = config::SandboxKind::Native;
  std::string isolate_path = "isolate";
  unsigned isolate_first_box = 0;
  bool allow_weak = false;  ///< Start even if something required is missing.
  std::size_t max_concurrent_sandboxes = 1;
  Bytes memory_budget;              ///< The sum of the limits of what runs at one time.
  std::filesystem::path languages;  ///< Folder that overrides built-in languages; may be empty.
  std::filesystem::path artifacts;  ///< Folder of compiled programs.
  Bytes artifact_capacity = mebibytes(2048);
  std::string artifact_share;  ///< redis://…, to share them through; empty: they are not.
  SeccompProfile seccomp_profile = SeccompProfile::Standard;  ///< Of the programs that are run.
  /// The native engine has lost its launcher; without this, each run fails. On the loop.
  std::function<void()> on_launcher_lost;
};

/// As many sandboxes as there are CPUs, and nine tenths of the machine's memory.
EngineSettings default_engine_settings();
/// As decided, for a server: with artifacts below the data directory, and the end of the process
/// when the launcher is lost.
EngineSettings engine_settings_of(const config::Settings& settings);

/// Built in two steps, because only the first may need root: `start` finds the languages and starts
/// the native engine's launcher; then the process gives up root; then `open` makes the rest. So the
/// boxes of isolate belong to him who is not root.
class Engine {
 public:
  /// Errors: of a language file; of the launcher, with the step that failed.
  static Result<std::unique_ptr<Engine>> start(asio::io_context& loop, EngineSettings settings,
                                               const Clock& clock);
  /// Errors: of the artifact folder; of the share's address; ENOTSUP with a sentence for an isolate
  /// that cannot be used.
  Result<> open();
  ~Engine();

  [[nodiscard]] const language::Catalogue& catalogue() const { return catalogue_; }
  [[nodiscard]] const EngineSettings& settings() const { return settings_; }
  /// From here on only after open().
  sandbox::Sandbox& sandbox() { return *sandbox_; }
  /// "0.1.0" of our own, "1.8" of isolate.
  [[nodiscard]] const std::string& sandbox_version() const { return sandbox_version_; }
  /// What the sandbox itself says it lacks.
  [[nodiscard]] const std::vector<sandbox::Weakness>& weaknesses() const { return weaknesses_; }
  /// The system call policy that programs run under; isolate has none.
  [[nodiscard]] std::optional<SeccompProfile> seccomp_profile() const;
  /// Of the control groups of the runs, as isolate tells; nullopt: not in any, or the native one.
  [[nodiscard]] std::optional<unsigned> isolate_cgroup_version() const { return isolate_cgroups_; }
  artifact::Store& artifacts() { return *artifacts_; }
  /// What other workers gave and took; none if nothing is shared.
  [[nodiscard]] artifact::Share::Counters shared() const;
  judge::Reservoir& reservoir() { return *reservoir_; }
  judge::Judge& judge() { return *judge_; }

 private:
  Engine(asio::io_context& loop, EngineSettings settings, const Clock& clock,
         language::Catalogue catalogue);
  Result<> start_native();
  Result<> start_isolate();

  asio::io_context& loop_;
  EngineSettings settings_;
  const Clock& clock_;
  language::Catalogue catalogue_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::string sandbox_version_;
  std::vector<sandbox::Weakness> weaknesses_;
  std::optional<unsigned> isolate_cgroups_;
  std::unique_ptr<artifact::Store> artifacts_;
  std::unique_ptr<artifact::Share> share_;  ///< Null: nothing is shared.
  std::unique_ptr<judge::Reservoir> reservoir_;
  std::unique_ptr<judge::Judge> judge_;
};

}  // namespace evalx::service
