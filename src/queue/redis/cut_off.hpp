#pragma once
// CutOff: jobs whose leases ended while Redis was out of reach. They are released once it is back.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "queue/redis/changes.hpp"
#include "queue/redis/holdings.hpp"

namespace evalx::queue::redis {

/// Belongs to the hub's thread.
class CutOff {
 public:
  explicit CutOff(Changes& changes) : changes_(changes) {}

  /// Adds jobs whose holders were asked to stop.
  void add(const Holdings::Jobs& jobs);
  /// The holder no longer runs anything of the job. Ignored for jobs that are not cut off.
  void stopped(const LeaseId& id);
  /// Releases the jobs that no longer run here. Redis must be connected. If Redis was away from all
  /// processes, none of them takes the jobs over within one lease after its return. If only this
  /// process was cut off, others may already have them; then nothing is released.
  void release();

 private:
  Changes& changes_;
  std::unordered_map<std::string, std::uint64_t> running_;
  std::vector<LeaseId> stopped_;
};

}  // namespace evalx::queue::redis
