#pragma once
// Stored: a job as it stands in Redis, read from what the scripts answer. All of it may have been
// written by a foreign hand: what is no number is at its default.

#include <optional>
#include <string>
#include <vector>

#include "queue/machine.hpp"
#include "queue/queue.hpp"
#include "queue/redis/reply.hpp"

namespace evalx::queue::redis {

/// In the order of job_fields() in prelude.lua.
enum Field {
  kState,
  kAttempt,
  kDeaths,
  kLease,
  kNotBefore,
  kAcceptedAt,
  kLast,
  kEndedAt,
  kNotAfter
};

std::uint64_t number_of(const Reply& fields, Field field);
Clock::WallInstant instant_of(std::uint64_t microseconds);

/// Whether a script that looks for a job has found it. Errors: protocol_error if the answer tells
/// neither; a job must not be taken for missing by mistake.
Result<bool> is_found(const Reply& answer);

/// A state that is none is Queued: the job waits to be condemned.
Job job_of(const Reply& fields);
/// As it stands there, for the comparison of settle.lua.
std::string text_of(const Reply& fields, Field field);
/// Without spec, result and failures.
Record record_of(const std::string& token, const Reply& fields);

/// "AT ATTEMPT KIND WORKER CAUSE", as remember_failure() in prelude.lua writes it; nullopt if it is
/// nothing of the kind.
std::optional<Failure> failure_of_text(const std::string& text);
std::vector<Failure> failures_of(const Reply& texts);

/// One element of list.lua's answer.
Listed listed_of(const Reply& entry);

}  // namespace evalx::queue::redis
