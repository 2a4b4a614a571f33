#pragma once
// BoxIds: numbers of the tool's boxes that no other evalX on this machine uses.

#include <list>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox::isolate {

/// Each id is one locked file (flock(2)), for as long as this lives: the kernel lets go of it
/// however the process ends. Belongs to one event loop.
class BoxIds {
 public:
  enum class Condition {
    Clean,    ///< The tool knows of no such box.
    Unknown,  ///< A box may be left: of an earlier process, or of a cleanup that failed.
  };
  struct Id {
    unsigned number = 0;
    Condition condition = Condition::Unknown;
    kernel::Fd lock;
  };

  /// Locks `count` ids from `first` on, leaving out those that others have. Errors: EBUSY if there
  /// are not that many among the next kMostLooks, and what open(2) says of the folder.
  static Result<std::vector<Id>> lock(const std::string& folder, unsigned first, unsigned count);
  static constexpr unsigned kMostLooks = 4096;

  explicit BoxIds(std::vector<Id> ids);
  BoxIds(const BoxIds&) = delete;
  BoxIds& operator=(const BoxIds&) = delete;

  /// Waits, first come first served, until one is free; the cleanest first.
  Task<Id> take(asio::io_context& loop);
  void give_back(Id id);

 private:
  struct Waiter;

  std::vector<Id> free_;  ///< Taken from the back.
  std::list<Waiter*> waiting_;
};

}  // namespace evalx::sandbox::isolate
