#pragma once
// JobSource: the jobs of the configured queue, for an operator's command.

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "queue/queue.hpp"

namespace evalx::app {

enum class Purpose {
  Looking,   ///< Works while a server uses the queue.
  Changing,  ///< Fails if the queue is in a data folder and a server uses it.
};

/// All functions block. Used by one thread.
class JobSource {
 public:
  /// If this process is root and the queue is in a folder, the process becomes the owner of that
  /// folder and stays that user. Leases no job. Errors: those of the queue, each with what to do;
  /// ENOTSUP to change a queue in a data folder that a server uses. `clock` must outlive it.
  static Result<std::unique_ptr<JobSource>> open(config::Settings settings, Purpose purpose,
                                                 const Clock& clock);
  JobSource(const JobSource&) = delete;
  JobSource& operator=(const JobSource&) = delete;
  virtual ~JobSource() = default;

  // As in queue::Queue.
  virtual Result<queue::Listing> list(const queue::ListFilter& filter) = 0;
  virtual Result<queue::Record> find(const std::string& token) = 0;
  virtual Result<> redrive(const std::string& token) = 0;

 protected:
  JobSource() = default;
};

}  // namespace evalx::app
