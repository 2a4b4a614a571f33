#pragma once
// TimingRules: settings of the machine that make the times of a program vary. Pure.

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace evalx::doctor {

Findings judge_timing(const TimingFacts& facts);

}  // namespace evalx::doctor
