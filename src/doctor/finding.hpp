#pragma once
// Finding: the result of one check: the state of a mechanism, what is lost without it, and one fix.

#include <string>
#include <vector>

namespace evalx::doctor {

struct Finding {
  enum class State {
    Good,
    Reduced,  ///< It works, but not as well as it could.
    Missing,
  };
  /// Whether evalX needs it to start.
  enum class Need {
    Required,  ///< evalX starts without it only with allow_weak.
    Optional,
  };

  std::string name;
  State state = State::Good;
  Need need = Need::Optional;
  std::string detail;  ///< The facts. May contain paths of this machine.
  std::string lost;    ///< The loss. Empty if there is none.
  std::string fix;     ///< The one command or setting. Empty if nothing needs to be done.

  friend bool operator==(const Finding&, const Finding&) = default;
};

using Findings = std::vector<Finding>;

Finding good(std::string name, std::string detail);
Finding reduced(std::string name, std::string detail, std::string lost, std::string fix);
/// A missing mechanism that is required.
Finding missing(std::string name, std::string detail, std::string lost, std::string fix);

/// The same findings, marked as required.
Findings required(Findings findings);

/// "good", "reduced", "missing".
const char* word_of(Finding::State state);

/// The findings that are missing and required.
Findings refusals(const Findings& findings);

void append(Findings& findings, Findings more);

}  // namespace evalx::doctor
