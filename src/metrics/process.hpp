#pragma once
// Process: the memory, files and CPU time of this process, as Prometheus expects them.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "metrics/figures.hpp"

namespace evalx::metrics {

struct ProcessUsage {
  Bytes resident;
  Bytes virtual_size;
  unsigned threads = 0;
  unsigned open_fds = 0;
  double cpu_seconds = 0;         ///< User and system together.
  double start_time_seconds = 0;  ///< Since the epoch.
};

/// Reads /proc/self and /proc/stat. Errors: ENOENT if /proc is not mounted; EPROTO for an unknown
/// format; EMFILE and others of opendir(3).
Result<ProcessUsage> process_usage();

/// The same under the usual names of Prometheus' client libraries ("process_open_fds"); without
/// values if process_usage() fails.
Figures process_figures();

}  // namespace evalx::metrics
