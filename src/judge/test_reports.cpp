#include "judge/test_reports.hpp"

#include <utility>

namespace evalx::judge {

using submission::TestReport;

TestReport report_of(std::size_t index, sandbox::Outcome outcome, Decision decision) {
  TestReport report;
  report.index = index;
  report.verdict = decision.verdict;
  report.message = std::move(decision.message);
  report.cpu_time = outcome.cpu_user + outcome.cpu_system;
  report.wall_time = outcome.wall;
  report.memory_peak = outcome.memory_peak;
  if (outcome.cause == sandbox::Cause::Exited) {
    report.exit_code = outcome.exit_code;
  } else if (outcome.signal != 0) {
    report.signal = outcome.signal;
  }
  report.out = std::move(outcome.out);
  report.err = std::move(outcome.err);
  report.process_limit_hit = outcome.process_limit_hit;
  return report;
}

TestReport not_run(std::size_t index, submission::Verdict verdict) {
  TestReport report;
  report.index = index;
  report.verdict = verdict;
  return report;
}

}  // namespace evalx::judge
