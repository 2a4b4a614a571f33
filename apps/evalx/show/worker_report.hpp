#pragma once
// WorkerReport: the live workers of a queue as an operator reads them.

#include <cstddef>
#include <string>

#include "queue/fleet.hpp"
#include "terminal/terminal.hpp"

namespace evalx::app {

/// A line each; one of an earlier release is shown with what is known of it.
std::string table_of(const queue::Fleet& fleet, const terminal::Paint& paint, std::size_t width);
/// An array; null is what a worker does not say.
std::string json_of(const queue::Fleet& fleet);

}  // namespace evalx::app
