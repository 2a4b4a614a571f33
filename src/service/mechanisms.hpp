#pragma once
// Mechanisms: checks everything that evalX needs from the machine, for the chosen engine.

#include <optional>
#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "doctor/facts.hpp"
#include "doctor/finding.hpp"
#include "service/engine.hpp"

namespace evalx::service {

/// The mechanisms of this machine, found before the process gives up root.
struct Machine {
  doctor::Findings findings;
  /// The version of the cgroups that the native engine would use; nullopt: none.
  std::optional<unsigned> cgroup_version;
  std::string container;  ///< As in doctor::HostFacts.
};

/// Call this before the process starts threads, because it forks.
Machine examine_machine(const config::Settings& settings);

/// Findings about an open engine: its weaknesses, its seccomp profile, and whether it prevents the
/// server from setting no_new_privs.
doctor::Findings examine_engine(const Engine& engine);

/// The languages of the catalogue that are not installed, and how to install them on `machine`.
doctor::Finding examine_languages(const language::Catalogue& catalogue, const Machine& machine);

/// Whether evalX may start. Errors: ENOTSUP with a line for each mechanism that is missing and
/// required. With allow_weak it logs a warning for each instead.
Result<> check_mechanisms(const doctor::Findings& findings, const config::Settings& settings);

/// The same for a command at a terminal: the error is one line with the first fix, and nothing is
/// logged.
Result<> check_mechanisms_briefly(const doctor::Findings& findings,
                                  const config::Settings& settings);
/// The names of what is missing and required: "cgroups, own /proc". Several of cgroups are one.
std::string names_of_missing(const doctor::Findings& findings);

}  // namespace evalx::service
