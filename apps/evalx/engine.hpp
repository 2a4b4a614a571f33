#pragma once
// Engine: all that judging needs, built once and passed on: languages, sandbox, artifacts, judge.

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <filesystem>
#include <memory>

#include "artifact/store.hpp"
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/seccomp_profile.hpp"
#include "judge/judge.hpp"
#include "judge/reservoir.hpp"
#include "language/catalogue.hpp"
#include "sandbox/native/native_sandbox.hpp"

namespace evalx::app {

struct EngineSettings {
  std::size_t max_concurrent_sandboxes = 1;
  Bytes memory_budget;              ///< The sum of the limits of what runs at one time.
  std::filesystem::path languages;  ///< Folder that overrides built-in languages; may be empty.
  std::filesystem::path artifacts;  ///< Folder of compiled programs.
  Bytes artifact_capacity = mebibytes(2048);
  SeccompProfile seccomp_profile = SeccompProfile::Standard;  ///< Of the programs that are run.
};

/// As many sandboxes as there are CPUs, and nine tenths of the machine's memory.
EngineSettings default_engine_settings();

/// Built in two steps, because only the first needs root: `start` finds the languages and starts
/// the launcher; then the process gives up root; then `open` makes the rest.
class Engine {
 public:
  /// Errors: of a language file; of the launcher, with the step that failed.
  static Result<std::unique_ptr<Engine>> start(asio::io_context& loop, EngineSettings settings,
                                               const Clock& clock);
  /// Errors: of the artifact folder.
  Result<> open();
  ~Engine();

  [[nodiscard]] const language::Catalogue& catalogue() const { return catalogue_; }
  [[nodiscard]] const EngineSettings& settings() const { return settings_; }
  /// From here on only after open().
  sandbox::native::NativeSandbox& sandbox() { return *sandbox_; }
  artifact::Store& artifacts() { return *artifacts_; }
  judge::Reservoir& reservoir() { return *reservoir_; }
  judge::Judge& judge() { return *judge_; }

 private:
  Engine(EngineSettings settings, const Clock& clock, language::Catalogue catalogue,
         std::unique_ptr<sandbox::native::NativeSandbox> sandbox);

  EngineSettings settings_;
  const Clock& clock_;
  language::Catalogue catalogue_;
  std::unique_ptr<sandbox::native::NativeSandbox> sandbox_;
  std::unique_ptr<artifact::Store> artifacts_;
  std::unique_ptr<judge::Reservoir> reservoir_;
  std::unique_ptr<judge::Judge> judge_;
};

}  // namespace evalx::app
