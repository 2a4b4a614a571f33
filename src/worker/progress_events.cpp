#include "worker/progress_events.hpp"

#include "base/log.hpp"
#include "submission/encode.hpp"

namespace evalx::worker {
namespace {

double milliseconds(Microseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

void ProgressEvents::compiled(const submission::CompileReport& report) {
  queue_.progress(lease_, "compiled", submission::encode_compile_event(report));
}

void ProgressEvents::tested(const submission::TestReport& report) {
  log::debug("a test has ended", {{"token", lease_.token},
                                  {"index", report.index},
                                  {"verdict", to_string(report.verdict)},
                                  {"cpu_ms", milliseconds(report.cpu_time)},
                                  {"wall_ms", milliseconds(report.wall_time)},
                                  {"memory_kb", report.memory_peak.count / 1024}});
  queue_.progress(lease_, "test", submission::encode_test_event(report));
}

}  // namespace evalx::worker
