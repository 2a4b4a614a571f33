#pragma once
// What the kernel knows about our own process, as Prometheus expects to see it.

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace evalx::metrics {

struct ProcessUsage {
  Bytes resident;
  Bytes virtual_size;
  unsigned threads = 0;
  unsigned open_fds = 0;
  double cpu_seconds = 0;         ///< User and system together.
  double start_time_seconds = 0;  ///< Since the epoch.
};

/// Reads /proc/self. Errors: ENOENT where /proc is not mounted, EPROTO for an unknown format.
Result<ProcessUsage> process_usage();

}  // namespace evalx::metrics
