#pragma once
// Mechanisms: everything evalX stands on, looked at and judged for the engine that was chosen.

#include <optional>
#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "doctor/facts.hpp"
#include "doctor/finding.hpp"
#include "service/engine.hpp"

namespace evalx::service {

/// What this machine gives, as a process sees it that has not given up root. It forks: to be called
/// before there are threads.
struct Machine {
  doctor::Findings findings;
  /// Of the groups that the native engine would use; nullopt: none.
  std::optional<unsigned> cgroup_version;
  std::string container;  ///< "docker" and the like; empty: in none.
};
Machine examine_machine(const config::Settings& settings);

/// What an engine that is open adds: its own weaknesses, its policy, what of the server is weaker
/// for its sake.
doctor::Findings examine_engine(const Engine& engine);

/// Of the catalogue: languages that are not here, and how they come to `machine`.
doctor::Finding examine_languages(const language::Catalogue& catalogue, const Machine& machine);

/// Whether evalX may start: ENOTSUP with a line for each mechanism that is missing and required,
/// unless that is allowed; then each is logged as a warning.
Result<> check_mechanisms(const doctor::Findings& findings, const config::Settings& settings);

}  // namespace evalx::service
