#pragma once
// Stored: a job in Redis, read from the scripts' replies. It may have been written by hand: a field
// that is not a number is read as 0.

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
  kNotAfter,
  kExpired,
  kResultDigest,
  kSpecDigest
};

std::uint64_t number_of(const Reply& fields, Field field);
Clock::WallInstant instant_of(std::uint64_t microseconds);

/// Whether find.lua has found the job. Errors: protocol_error if the reply is neither "ok" nor
/// "missing" nor "evicted": a job must not count as missing by mistake.
Result<bool> is_found(const Reply& answer);
/// For an answer without a job: NotFound or Evicted.
Errc why_missing(const Reply& answer);

/// An invalid state is read as Queued: claim.lua reports such a job as damaged, and it ends.
Job job_of(const Reply& fields);
/// The stored text, which settle.lua compares; "0" if there is none.
std::string text_of(const Reply& fields, Field field);
/// Without spec, result and failures.
Record record_of(const std::string& token, const Reply& fields);

/// "AT ATTEMPT KIND WORKER CAUSE", as remember_failure() in prelude.lua writes it; nullopt for
/// another text.
std::optional<Failure> failure_of_text(const std::string& text);
std::vector<Failure> failures_of(const Reply& texts);

/// One element of list.lua's reply.
Listed listed_of(const Reply& entry);

/// From the result of shown_callback() in prelude_callbacks.lua. An invalid state is read as Dead.
ListedCallback listed_callback_of(const Reply& entry);

}  // namespace evalx::queue::redis
