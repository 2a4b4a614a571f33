#pragma once
// ToolWeaknesses: what a tool cannot give, against the native engine. Pure.

#include <vector>

#include "sandbox/isolate/command.hpp"
#include "sandbox/weakness.hpp"

namespace evalx::sandbox::isolate {

std::vector<Weakness> weaknesses_of(const Tool& tool);

}  // namespace evalx::sandbox::isolate
