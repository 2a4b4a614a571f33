#pragma once
// BoxIds: ids of the tool's boxes that no other evalX on this machine uses.

#include <list>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox::isolate {

/// Each id is a file that is locked (flock(2)) as long as this object exists. The kernel releases
/// the lock however the process ends. Belongs to one event loop.
class BoxIds {
 public:
  enum class Condition {
    Clean,    ///< The tool has no such box.
    Unknown,  ///< A box may be left by an earlier process or a failed cleanup.
  };
  struct Id {
    unsigned number = 0;
    Condition condition = Condition::Unknown;
    kernel::Fd lock;
  };

  /// Locks `count` ids from `first` on, without those that other processes hold. Errors: EBUSY if
  /// fewer are free among the next kMostLooks ids; open(2)'s for the folder.
  static Result<std::vector<Id>> lock(const std::string& folder, unsigned first, unsigned count);
  static constexpr unsigned kMostLooks = 4096;

  explicit BoxIds(std::vector<Id> ids);
  BoxIds(const BoxIds&) = delete;
  BoxIds& operator=(const BoxIds&) = delete;

  /// Waits until an id is free, first come, first served. Returns clean ids first.
  Task<Id> take(asio::io_context& loop);
  void give_back(Id id);

 private:
  struct Waiter;

  std::vector<Id> free_;  ///< Taken from the back.
  std::list<Waiter*> waiting_;
};

}  // namespace evalx::sandbox::isolate
