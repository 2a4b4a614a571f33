#pragma once
// ToolWeaknesses: the weaknesses of a tool compared with the native engine. Pure.

#include <vector>

#include "sandbox/isolate/command.hpp"
#include "sandbox/weakness.hpp"

namespace evalx::sandbox::isolate {

std::vector<Weakness> weaknesses_of(const Tool& tool);

}  // namespace evalx::sandbox::isolate
