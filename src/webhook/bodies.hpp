#pragma once
// Bodies: the bodies of callbacks, made from the queue's records, within a bound of memory.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "queue/inbox.hpp"
#include "webhook/allotment.hpp"
#include "webhook/outage.hpp"

namespace evalx::webhook {

/// The body of a finished job, as GET would return it.
using MakeBody = std::function<std::string(queue::Record)>;

struct Body {
  std::string text;
  /// Keep it as long as the text; nullopt for a small one.
  std::optional<Allotment::Part> part;
};

/// Belongs to the thread of its event loop. One body is loaded at a time.
class Bodies {
 public:
  struct Limits {
    /// A body up to this size has no part of `large`: the number of attempts bounds their sum.
    Bytes small = kibibytes(64);
    /// All larger ones together; one that is larger than this has it alone.
    Bytes large = mebibytes(48);
  };

  Bodies(const Executor& executor, queue::Inbox& jobs, MakeBody make, Limits limits, Pauses pauses);

  /// Waits while the queue is unavailable, and until there is room. A body that must wait for room
  /// is dropped meanwhile and loaded again, so that it delays no small one. Errors: queue::Errc's
  /// NotFound and Evicted; EINPROGRESS: the job was redriven and has not ended;
  /// operation_canceled after a stop; those of the store's own category.
  Task<Result<Body>> load(std::string token, std::stop_token stop);

 private:
  Task<Result<std::string>> read(std::string token, std::stop_token stop);

  queue::Inbox& jobs_;
  const MakeBody make_;
  const Limits limits_;
  Allotment turns_;  ///< One read() at a time.
  Allotment room_;   ///< The bytes of the large ones.
  Outage outage_;
};

}  // namespace evalx::webhook
