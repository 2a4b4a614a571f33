#include "sandbox/isolate/account.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>

#include "sandbox/isolate/meta.hpp"
#include "sandbox/isolate/process.hpp"

namespace evalx::sandbox::isolate {
namespace {

auto tool_failed(std::string_view message) {
  return fail(std::make_error_code(std::errc::io_error), "isolate --run:", message);
}

/// Before 1.9 the tool reports a failed execve(2) as a failure of its own, and the errno only as
/// text. The program had not begun, so only the tool can have written the message.
Result<Outcome> failure(const std::string& message) {
  if (message.starts_with("execve(\"")) {
    for (const int error : {ENOENT, EACCES, ENOEXEC}) {
      if (message.ends_with(std::string{"): "} + ::strerrordesc_np(error)))
        return not_started({error, std::system_category()});
    }
  }
  return tool_failed(message);
}

/// The cause according to our stop, the limits and the tool's records; nullopt if they leave it to
/// how the program ended.
std::optional<Cause> recorded_cause(const Evidence& evidence, const Meta& meta,
                                    const submission::Limits& limits) {
  const bool by_our_signal =
      meta.killed && meta.status == Status::Signaled && meta.signal == SIGTERM;
  if (by_our_signal && evidence.cancelled) return Cause::Cancelled;
  if (evidence.output_over) return Cause::Output;
  if (meta.oom_killed) return Cause::Memory;
  if (meta.status != Status::TimedOut) return std::nullopt;
  // The tool compares whole milliseconds, in which it got the limit.
  return meta.time >= limits.cpu_time ? Cause::CpuTime : Cause::WallTime;
}

Result<> note_end(const Meta& meta, std::optional<Cause> cause, Outcome& outcome) {
  if (cause) {
    outcome.cause = *cause;
    // If the program was not killed, report how it ended, too.
    if (!meta.killed) {
      outcome.exit_code = meta.exit_code.value_or(0);
      outcome.signal = meta.signal.value_or(0);
    }
    return {};
  }
  if (meta.killed) return tool_failed("another process interrupted it");
  if (meta.exit_code.has_value() == meta.signal.has_value())
    return fail(std::make_error_code(std::errc::bad_message),
                "read the meta-file: not exactly one exit code or signal");
  outcome.cause = meta.signal ? Cause::Signaled : Cause::Exited;
  outcome.exit_code = meta.exit_code.value_or(0);
  outcome.signal = meta.signal.value_or(0);
  return {};
}

}  // namespace

Outcome not_started(std::error_code error) {
  Outcome outcome;
  outcome.cause = Cause::NotStarted;
  outcome.start_error = error;
  return outcome;
}

Result<Outcome> account(Evidence evidence, const submission::Limits& limits) {
  Outcome outcome;
  if (evidence.tool.signaled) {
    // Our signal came before the tool had set its handlers, and so before the program began.
    if (!evidence.cancelled || evidence.tool.code != SIGTERM)
      return tool_failed("it was killed by signal " + std::to_string(evidence.tool.code));
    outcome.cause = Cause::Cancelled;
    return outcome;
  }
  EVALX_TRY(const Meta meta, parse_meta(evidence.meta));
  if (meta.status == Status::Failed) return failure(meta.message);
  constexpr int kEndedBadly = 1;
  if (evidence.tool.code > kEndedBadly) return tool_failed(first_line(evidence.err.head));
  EVALX_TRY_VOID(note_end(meta, recorded_cause(evidence, meta, limits), outcome));
  outcome.cpu_user = meta.time;
  outcome.wall = meta.wall;
  outcome.memory_peak = meta.group_peak.value_or(meta.resident_peak);
  outcome.out = std::move(evidence.out);
  outcome.err = std::move(evidence.err);
  return outcome;
}

}  // namespace evalx::sandbox::isolate
