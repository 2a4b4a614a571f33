#pragma once
// Outage: the pauses between the calls of a step while the queue is unavailable, and one line in
// the log when that begins and when it ends.

#include <stop_token>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace evalx::webhook {

/// The pauses of one caller double from the first to the longest one.
struct Pauses {
  Milliseconds first{100};
  Milliseconds longest{5'000};
};

/// Belongs to the thread of its event loop. Any number of coroutines may call it.
class Outage {
 public:
  /// `step`: "take callbacks", for the log.
  Outage(const Executor& executor, std::string_view step, Pauses pauses)
      : executor_(executor), step_(step), pauses_(pauses) {}

  /// The call has failed for the `times`-th time in a row: pauses, but not after a stop.
  Task<> pause(const Error& error, unsigned times, std::stop_token stop);
  /// A call has succeeded.
  void over();

 private:
  Executor executor_;
  const std::string_view step_;
  const Pauses pauses_;
  bool is_known_ = false;
};

}  // namespace evalx::webhook
