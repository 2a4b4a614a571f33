#pragma once
// The durable queue of one machine, in one directory with one owner process.

#include <filesystem>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "queue/queue.hpp"
#include "queue/stepper.hpp"
#include "queue/store.hpp"

namespace evalx::queue::sqlite {

struct Options : StoreOptions {
  std::filesystem::path directory;  ///< Created if missing.
  /// The disk can no longer be trusted (failed fsync, I/O error, corruption). The process must end;
  /// its next start recovers. If this function returns, changes and leases answer Unavailable from
  /// then on.
  std::function<void(const Error&)> on_fatal;  ///< Default: abort. Runs on the queue's thread.
  /// In a simulation: takes the place of the queue's threads, and must outlive the queue.
  Stepper* stepper = nullptr;
};

/// Recovers the jobs of an earlier owner: leased jobs are queued again, charged with a death if
/// that owner crashed. Errors: EBUSY "… is in use by another evalx (pid N)"; not_supported for the
/// store of a newer evalx; SQLite's for a damaged one; errno's for a directory that can't be
/// written.
///
/// Calls resume on the loop they came from, whose io_context must be run by one thread. They can be
/// cancelled: a wait ends with operation_canceled; a change goes on, and its outcome is returned. A
/// loop may be destroyed while calls are under way. The queue may be destroyed while calls wait;
/// they then answer Unavailable. `clock` must outlive the queue.
Result<std::unique_ptr<Queue>> open(Options options, const Clock& clock);

}  // namespace evalx::queue::sqlite
