#include "worker/progress_events.hpp"

#include "submission/encode.hpp"

namespace evalx::worker {
namespace {

submission::Output without_text(const submission::Output& output) {
  return {{}, output.total_bytes};
}

}  // namespace

void ProgressEvents::compiled(const submission::CompileReport& report) {
  submission::CompileReport small = report;
  small.output = without_text(report.output);
  queue_.progress(lease_, "compiled", submission::encode_compile_report(small));
}

void ProgressEvents::tested(const submission::TestReport& report) {
  submission::TestReport small;
  small.index = report.index;
  small.verdict = report.verdict;
  small.cpu_time = report.cpu_time;
  small.wall_time = report.wall_time;
  small.memory_peak = report.memory_peak;
  small.exit_code = report.exit_code;
  small.signal = report.signal;
  small.out = without_text(report.out);
  small.err = without_text(report.err);
  small.process_limit_hit = report.process_limit_hit;
  small.message = report.message;
  queue_.progress(lease_, "test", submission::encode_test_report(small));
}

}  // namespace evalx::worker
