#pragma once
// Finding: one mechanism that was looked at, its state, what is lost without it, and the one fix.

#include <string>
#include <vector>

namespace evalx::doctor {

struct Finding {
  enum class State {
    Good,
    Reduced,  ///< It works, but less than it could.
    Missing,
  };
  /// Whether evalX may start without it.
  enum class Need {
    Required,  ///< Only where weakness is allowed.
    Optional,
  };

  std::string name;
  State state = State::Good;
  Need need = Need::Optional;
  std::string detail;  ///< What was found. May hold paths of this machine.
  std::string lost;    ///< What no longer holds. Empty if nothing is lost.
  std::string fix;     ///< The one command or setting. Empty if there is nothing to be done.

  friend bool operator==(const Finding&, const Finding&) = default;
};

using Findings = std::vector<Finding>;

Finding good(std::string name, std::string detail);
Finding reduced(std::string name, std::string detail, std::string lost, std::string fix);
/// Missing, and required.
Finding missing(std::string name, std::string detail, std::string lost, std::string fix);

/// The same, of mechanisms that evalX may not start without.
Findings required(Findings findings);

/// "good", "reduced", "missing".
const char* word_of(Finding::State state);

/// What is missing and required.
Findings refusals(const Findings& findings);

void append(Findings& findings, Findings more);

}  // namespace evalx::doctor
