#pragma once
// State: the states of a job, and the errors of a queue.

#include <string>
#include <system_error>
#include <utility>

#include "base/result.hpp"

namespace evalx::queue {

enum class State { Queued, Leased, Done, Cancelled, Dead, Expired };
[[nodiscard]] constexpr bool is_terminal(State state) {
  return state != State::Queued && state != State::Leased;
}

/// The queue's own errors; a backend's errors keep their category.
enum class Errc {
  Full = 1,             ///< No room, e.g. the capacity for queued jobs is reached. Try again later.
  IdempotencyConflict,  ///< The key was used before, with another body.
  LeaseLost,            ///< The lease is not the current one: discard the work.
  NotFound,
  Finished,  ///< Too late: the job is terminal.
  /// The store cannot be used now: disk full, locked, out of reach, closing. A change may have been
  /// made nevertheless, because its reply may be lost.
  Unavailable,
  /// accept() only: the jobs may have been stored, because the reply was lost and the store is still
  /// out of reach. Other changes answer Unavailable in this case.
  OutcomeUnknown,
  /// The job was finished and has been deleted before its retention ended, because the finished jobs
  /// exceeded StoreOptions::result_capacity.
  Evicted,
};
const std::error_category& queue_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;

inline Error unavailable(std::string why) {
  return {make_error_code(Errc::Unavailable), std::move(why)};
}

}  // namespace evalx::queue

template <>
struct std::is_error_code_enum<evalx::queue::Errc> : std::true_type {};
