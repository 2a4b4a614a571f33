#pragma once
// For the tests of doctor's rules: hosts with and without root, and a finding by its name.

#include <algorithm>
#include <string>

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace evalx::doctor {

inline HostFacts root() {
  HostFacts facts;
  facts.capabilities = ~0ULL;
  return facts;
}

inline HostFacts user() {
  HostFacts facts;
  facts.uid = 1000;
  return facts;
}

/// Returns a good finding with the name "no NAME" if none is found.
inline Finding find(const Findings& findings, const std::string& name) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [&](const Finding& finding) { return finding.name == name; });
  return found == findings.end() ? good("no " + name, "") : *found;
}

}  // namespace evalx::doctor
