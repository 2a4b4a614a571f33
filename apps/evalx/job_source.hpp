#pragma once
// JobSource: the jobs of the queue that the settings name, for an operator's command.

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "queue/queue.hpp"

namespace evalx::app {

enum class Purpose {
  Looking,   ///< Beside a server, whose queue may be in its data folder.
  Changing,  ///< Needs a queue in a data folder for itself.
};

/// Calls block. Used by one thread.
class JobSource {
 public:
  /// Of a process that is root and looks for a queue in a folder: becomes the user who owns that
  /// queue. Takes no job: it is no worker. Errors: those of the queue, each with what to do; EBUSY
  /// for a change beside a server that has its queue in its data folder. `clock` must outlive it.
  static Result<std::unique_ptr<JobSource>> open(config::Settings settings, Purpose purpose,
                                                 const Clock& clock);
  JobSource(const JobSource&) = delete;
  JobSource& operator=(const JobSource&) = delete;
  virtual ~JobSource() = default;

  // As those of queue::Queue.
  virtual Result<queue::Listing> list(const queue::ListFilter& filter) = 0;
  virtual Result<queue::Record> find(const std::string& token) = 0;
  virtual Result<> redrive(const std::string& token) = 0;

 protected:
  JobSource() = default;
};

}  // namespace evalx::app
