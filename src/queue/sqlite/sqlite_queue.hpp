#pragma once
// The durable queue of one machine, in one directory with one owner process.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "queue/machine.hpp"
#include "queue/queue.hpp"

namespace evalx::queue::sqlite {

struct Options {
  std::filesystem::path directory;  ///< Made if missing.
  std::size_t capacity = 100'000;   ///< Waiting jobs; then Full.
  Rules rules;
  std::chrono::seconds retention = std::chrono::hours{24};  ///< Of finished jobs.
  /// The result of a job that ends Dead because its workers died; its record has no result yet.
  std::function<std::string(const Record&)> dead_result;  ///< Default: a short JSON object.
  /// The result of a job that ends Expired; its record has no spec and no failures.
  std::function<std::string(const Record&)> expired_result;  ///< Default: a short JSON object.
  /// The disk can't be trusted any more (failed fsync, I/O error, corruption): the process must
  /// end, and its next start recovers. If it returns, the queue answers Unavailable for ever.
  std::function<void(const Error&)> on_fatal;  ///< Default: abort. Runs on the queue's thread.
};

/// Recovers what an earlier owner left: leased jobs are queued again, charged with a death if that
/// owner crashed. Errors: EBUSY "… is in use by another evalx (pid N)"; not_supported for a store
/// of a newer evalx; SQLite's for a damaged one; errno's for a directory that can't be written.
///
/// Calls resume on the loop they came from, whose io_context must be run by one thread. They can be
/// cancelled: a wait ends, a change is made or not. A loop may be destroyed while calls are under
/// way; the queue may be destroyed while calls wait, which then answer Unavailable. `clock` must
/// outlive the queue.
Result<std::unique_ptr<Queue>> open(Options options, const Clock& clock);

}  // namespace evalx::queue::sqlite
