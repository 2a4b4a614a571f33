#pragma once
// Failure: what went wrong with one attempt of a job; the last ones are kept as evidence.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "queue/machine.hpp"

namespace evalx::queue {

struct Failure {
  enum class Kind {
    Fault,       ///< A fault of ours, told by the worker.
    WorkerDied,  ///< The worker's session ended without a word.
    Rejected,    ///< The worker says that it can never be judged.
    Damaged,     ///< The store says so: what is stored is no job.
  };
  Kind kind = Kind::Fault;
  unsigned attempt = 0;
  std::string cause;   ///< At most kCauseBytesMax.
  std::string worker;  ///< The session or the process that held the job; empty if not known.
  std::chrono::system_clock::time_point at;  ///< On the store's clock.

  friend bool operator==(const Failure&, const Failure&) = default;
};

/// Of each job; earlier ones are forgotten. A job that is not redriven has at most four.
inline constexpr std::size_t kFailuresKept = 8;
inline constexpr std::size_t kCauseBytesMax = 512;

/// "fault", "worker_died", "rejected", "damaged".
std::string_view to_string(Failure::Kind kind);
/// A word that a newer evalx wrote is read as Fault.
Failure::Kind failure_kind(std::string_view word);

/// What is to be remembered of a change that was made; nullopt: nothing went wrong.
std::optional<Failure::Kind> failure_of(const Change& change);

/// Its first kCauseBytesMax bytes, without half a character at the end.
std::string bounded_cause(std::string cause);

/// What goes with a change of a job.
struct Words {
  std::string result;  ///< Published if the change ends the job.
  std::string cause;   ///< Kept if something went wrong.
};

}  // namespace evalx::queue
