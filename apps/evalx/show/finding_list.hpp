#pragma once
// FindingList: the findings of the doctor as text and as JSON.

#include <string>

#include "doctor/finding.hpp"
#include "terminal/terminal.hpp"

namespace evalx::app {

/// The engine that was examined.
struct EngineName {
  std::string name;     ///< "native" or "isolate".
  std::string version;  ///< Empty if it did not start.
};

/// A line for each finding, below a problem what is lost and how to fix it, and a summary line.
std::string show_findings(const doctor::Findings& findings, const terminal::Paint& paint);

/// {"works":…,"engine":…,"engine_version":…,"mechanisms":[{"name","state","required","detail",
/// "lost","fix"}]}: keys are stable, new ones may be added. `state` is good, reduced or missing;
/// `lost` and `fix` may be null.
std::string findings_json(const doctor::Findings& findings, const EngineName& engine);

}  // namespace evalx::app
