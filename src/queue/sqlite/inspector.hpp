#pragma once
// Inspector: reads the store of a queue from outside, also while a server owns it.

#include <filesystem>
#include <memory>
#include <string>

#include "queue/queue.hpp"

namespace evalx::queue::sqlite {

/// Changes nothing and needs no ownership: readers of a write-ahead log block no writer. Used by
/// one thread at a time.
class Inspector {
 public:
  /// Errors: ENOENT, EACCES and the like for the database's file; SQLite's, also for the store of
  /// an earlier evalx that no server has opened since.
  static Result<std::unique_ptr<Inspector>> open(const std::filesystem::path& directory);
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;
  virtual ~Inspector() = default;

  /// As Queue::list; a leased job is an orphan while no process owns the store. Errors:
  /// check_filter's, SQLite's.
  virtual Result<Listing> list(const ListFilter& filter, Clock::WallInstant now) = 0;
  /// As Queue::find. Errors: NotFound, Evicted, SQLite's.
  virtual Result<Record> find(const std::string& token) = 0;
  /// As Queue::list_callbacks and Queue::find_callback.
  virtual Result<CallbackListing> list_callbacks(const CallbackFilter& filter,
                                                 Clock::WallInstant now) = 0;
  virtual Result<ListedCallback> find_callback(const std::string& token) = 0;

 protected:
  Inspector() = default;
};

}  // namespace evalx::queue::sqlite
