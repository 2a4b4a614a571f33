#pragma once
// JobSource: the jobs of the configured queue, for an operator's command.

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "queue/queue.hpp"
#include "settings_flags.hpp"

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
  virtual Result<queue::CallbackListing> list_callbacks(const queue::CallbackFilter& filter) = 0;
  virtual Result<queue::ListedCallback> find_callback(const std::string& token) = 0;
  virtual Result<> resend_callback(const std::string& token) = 0;

 protected:
  JobSource() = default;
};

/// Opens the jobs of the queue that `flags` choose, and runs `use`. Complains if it cannot. Returns
/// the exit code.
int use_jobs(const SettingsFlags& flags, Purpose purpose,
             const std::function<int(JobSource&)>& use);

/// A change that an operator makes to several jobs.
struct JobChange {
  std::string_view command;  ///< "jobs redrive"; for complaints.
  std::string_view missing;  ///< "no dead job has this token": for NotFound.
  std::function<Result<>(const std::string& token)> make;
};
/// Changes each job, and complains about each that is missing. Stops at any other error, which
/// affects all jobs. Returns the number of changed jobs.
std::size_t change_each(const std::set<std::string>& tokens, const JobChange& change);

}  // namespace evalx::app
