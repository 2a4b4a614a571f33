#include "judge/verdict.hpp"

#include <string.h>

#include "base/assert.hpp"

namespace evalx::judge {
namespace {

using sandbox::Cause;
using submission::Verdict;

std::string signal_words(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name ? std::string{"killed by SIG"} + name : "killed by signal " + std::to_string(signal);
}

Decision decide_exit(const sandbox::Outcome& outcome, const std::optional<std::string>& mismatch) {
  if (outcome.exit_code != 0) {
    return {Verdict::RuntimeError, "exit code " + std::to_string(outcome.exit_code)};
  }
  if (mismatch) return {Verdict::WrongAnswer, *mismatch};
  return {Verdict::Accepted, {}};
}

bool is_output_cut(const sandbox::Outcome& outcome) {
  return outcome.cause == Cause::Output || outcome.out.truncated() || outcome.err.truncated();
}

Decision decide_output(const sandbox::Outcome& outcome) {
  if (outcome.out.truncated()) return {Verdict::OutputLimit, "stdout is over the output limit"};
  if (outcome.err.truncated()) return {Verdict::OutputLimit, "stderr is over the output limit"};
  return {Verdict::OutputLimit, {}};
}

}  // namespace

bool is_to_compare(const sandbox::Outcome& outcome) noexcept {
  return outcome.cause == Cause::Exited && outcome.exit_code == 0 && !is_output_cut(outcome);
}

bool may_be_disturbed(const sandbox::Outcome& outcome) noexcept {
  const bool ended_itself = outcome.cause == Cause::Exited || outcome.cause == Cause::Signaled;
  return !outcome.disturbance.empty() && !is_output_cut(outcome) &&
         (ended_itself || outcome.cause == Cause::WallTime);
}

Decision decide(const sandbox::Outcome& outcome, const std::optional<std::string>& mismatch) {
  if (outcome.cause == Cause::Cancelled) return {Verdict::Cancelled, {}};
  if (outcome.cause == Cause::Forbidden) {
    return {Verdict::SecurityViolation, "killed at a forbidden system call"};
  }
  if (is_output_cut(outcome)) return decide_output(outcome);
  switch (outcome.cause) {
    case Cause::Memory:
      return {Verdict::MemoryLimit, {}};
    case Cause::CpuTime:
      return {Verdict::TimeLimit, {}};
    case Cause::WallTime:
      return {Verdict::WallLimit, {}};
    case Cause::Signaled:
      return {Verdict::RuntimeError, signal_words(outcome.signal)};
    case Cause::Exited:
      return decide_exit(outcome, mismatch);
    case Cause::NotStarted:
      return {Verdict::RuntimeError,
              "the program cannot be started: " + outcome.start_error.message()};
    case Cause::Cancelled:
    case Cause::Forbidden:
    case Cause::Output:
      break;
  }
  EVALX_ASSERT(!"a cause without a verdict");
}

}  // namespace evalx::judge
