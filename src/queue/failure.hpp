#pragma once
// Failure: why one attempt of a job failed; the last failures of each job are stored.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/machine.hpp"

namespace evalx::queue {

struct Failure {
  enum class Kind {
    Fault,       ///< A fault of ours, reported by the worker.
    WorkerDied,  ///< The worker's session expired.
    Rejected,    ///< The worker reports that no worker can ever judge the job.
    Damaged,     ///< The stored job is damaged.
  };
  Kind kind = Kind::Fault;
  unsigned attempt = 0;
  std::string cause;   ///< At most kCauseBytesMax.
  std::string worker;  ///< Session or process that held the job; empty if not known.
  std::chrono::system_clock::time_point at;  ///< On the store's clock.

  friend bool operator==(const Failure&, const Failure&) = default;
};

/// Failures stored for each job; earlier ones are deleted. Without a redrive, and with the default
/// Rules, a job has at most four.
inline constexpr std::size_t kFailuresKept = 8;
inline constexpr std::size_t kCauseBytesMax = 512;

/// "fault", "worker_died", "rejected", "damaged".
std::string_view to_string(Failure::Kind kind);
/// An unknown word, written by a newer evalx, is read as Fault.
Failure::Kind failure_kind(std::string_view word);

/// The kind of failure to store with a change; nullopt if the change is not a failure.
std::optional<Failure::Kind> failure_of(const Change& change);

/// How many of a job's `deaths` are older than `window`, by its stored failures. A death without a
/// stored failure counts as old.
unsigned old_deaths(unsigned deaths, const std::vector<Failure>& failures,
                    std::chrono::system_clock::time_point now, std::chrono::hours window);

/// The first kCauseBytesMax bytes of `cause`, cut between two characters.
std::string bounded_cause(std::string cause);

/// Texts that are stored with a change of a job.
struct Words {
  std::string result;  ///< Published if the change ends the job.
  std::string cause;   ///< Stored if the change is a failure.
};

}  // namespace evalx::queue
