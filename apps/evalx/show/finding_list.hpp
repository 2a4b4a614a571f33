#pragma once
// FindingList: what the doctor found, for people and for machines.

#include <string>

#include "doctor/finding.hpp"
#include "terminal/terminal.hpp"

namespace evalx::app {

/// Of the engine that was looked at.
struct EngineName {
  std::string name;     ///< "native" or "isolate".
  std::string version;  ///< Empty if it did not start.
};

/// A line each, with two more where something is wrong, and a last line that sums up.
std::string show_findings(const doctor::Findings& findings, const terminal::Paint& paint);

/// {"works":…,"engine":…,"engine_version":…,"mechanisms":[{"name","state","required","detail",
/// "lost","fix"}]}: keys are kept, more may come. `state` is good, reduced or missing; `lost` and
/// `fix` are null where there is nothing to tell.
std::string findings_json(const doctor::Findings& findings, const EngineName& engine);

}  // namespace evalx::app
