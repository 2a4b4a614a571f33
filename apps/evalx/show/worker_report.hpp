#pragma once
// WorkerReport: the live workers of a queue as a table and as JSON.

#include <cstddef>
#include <string>

#include "queue/live_workers.hpp"
#include "terminal/terminal.hpp"

namespace evalx::app {

/// A line for each worker. Shows "-" for what a worker of an earlier release does not announce.
std::string table_of(const queue::LiveWorkers& fleet, const terminal::Paint& paint,
                     std::size_t width);
/// An array; null for a fact that a worker does not announce.
std::string json_of(const queue::LiveWorkers& fleet);

}  // namespace evalx::app
