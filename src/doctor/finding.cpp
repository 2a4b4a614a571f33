#include "doctor/finding.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace evalx::doctor {

using State = Finding::State;
using Need = Finding::Need;

Finding good(std::string name, std::string detail) {
  return {std::move(name), State::Good, Need::Optional, std::move(detail), {}, {}};
}

Finding reduced(std::string name, std::string detail, std::string lost, std::string fix) {
  return {std::move(name),   State::Reduced,  Need::Optional,
          std::move(detail), std::move(lost), std::move(fix)};
}

Finding missing(std::string name, std::string detail, std::string lost, std::string fix) {
  return {std::move(name),   State::Missing,  Need::Required,
          std::move(detail), std::move(lost), std::move(fix)};
}

Findings required(Findings findings) {
  for (Finding& finding : findings) finding.need = Need::Required;
  return findings;
}

const char* word_of(State state) {
  switch (state) {
    case State::Good:
      return "good";
    case State::Reduced:
      return "reduced";
    case State::Missing:
      return "missing";
  }
  return "missing";
}

Findings refusals(const Findings& findings) {
  Findings refused;
  std::copy_if(findings.begin(), findings.end(), std::back_inserter(refused),
               [](const Finding& finding) {
                 return finding.state == State::Missing && finding.need == Need::Required;
               });
  return refused;
}

void append(Findings& findings, Findings more) {
  std::move(more.begin(), more.end(), std::back_inserter(findings));
}

}  // namespace evalx::doctor
