#include "show/run_summary.hpp"

#include <signal.h>
#include <string.h>

#include "terminal/exit_code.hpp"
#include "terminal/human_units.hpp"

namespace evalx::app {
namespace {

using sandbox::Cause;

std::string ending_of(const sandbox::Outcome& outcome, const submission::Limits& limits) {
  const Microseconds cpu = outcome.cpu_user + outcome.cpu_system;
  switch (outcome.cause) {
    case Cause::Exited:
      return "exited " + std::to_string(outcome.exit_code);
    case Cause::Signaled:
      return "killed by " + signal_name(outcome.signal);
    case Cause::CpuTime:
      return "time limit: " + terminal::show_duration(cpu) + " of CPU used, " +
             terminal::show_duration(limits.cpu_time) + " allowed";
    case Cause::WallTime:
      return "wall time limit: " + terminal::show_duration(outcome.wall) + " passed, " +
             terminal::show_duration(limits.wall_time) + " allowed";
    case Cause::Memory:
      return "memory limit: more than " + terminal::show_size(limits.memory) + " needed";
    case Cause::Output:
      return "output limit: more than " + terminal::show_size(limits.output) + " written";
    case Cause::Forbidden:
      return "killed at a forbidden system call";
    case Cause::Cancelled:
      return "cancelled";
    case Cause::NotStarted:
      return "not started: " + outcome.start_error.message();
  }
  return {};
}

}  // namespace

int exit_code_of(const sandbox::Outcome& outcome) {
  switch (outcome.cause) {
    case Cause::Exited:
      return outcome.exit_code;
    case Cause::Signaled:
      return terminal::kSignalBase + outcome.signal;
    case Cause::CpuTime:
    case Cause::WallTime:
    case Cause::Memory:
    case Cause::Output:
      return terminal::kLimitHit;
    case Cause::Forbidden:
      return terminal::kSignalBase + SIGSYS;
    case Cause::Cancelled:
      return terminal::kInterrupted;
    case Cause::NotStarted:
      return terminal::kFailure;
  }
  return terminal::kFailure;
}

std::string run_summary(const sandbox::Outcome& outcome, const submission::Limits& limits) {
  std::string text = ending_of(outcome, limits);
  if (outcome.process_limit_hit)
    text += " · process limit of " + std::to_string(limits.processes) + " hit";
  if (outcome.cause != Cause::CpuTime)
    text += " · " + terminal::show_duration(outcome.cpu_user + outcome.cpu_system) + " cpu";
  if (outcome.cause != Cause::WallTime)
    text += " · " + terminal::show_duration(outcome.wall) + " wall";
  const std::string memory = terminal::show_measured(outcome.memory_peak);
  if (!memory.empty()) text += " · " + memory;
  return outcome.disturbance.empty() ? text : text + " · " + outcome.disturbance;
}

std::string signal_name(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name != nullptr ? std::string{"SIG"} + name : "signal " + std::to_string(signal);
}

}  // namespace evalx::app
