#pragma once
// ProcessorRules: what a hostile program could do with faults of this CPU, and with a shared core.
// Pure.

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace evalx::doctor {

/// A finding for all known vulnerabilities together, one for each that is open to a program, and
/// those about SMT and core scheduling. None of them keeps evalX from starting.
Findings judge_processor(const ProcessorFacts& facts);

}  // namespace evalx::doctor
