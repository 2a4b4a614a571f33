#pragma once
// TimingRules: what makes the time a program takes depend on more than the program. Pure.

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace evalx::doctor {

Findings judge_timing(const TimingFacts& facts);

}  // namespace evalx::doctor
