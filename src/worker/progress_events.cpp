#include "worker/progress_events.hpp"

#include "submission/encode.hpp"

namespace evalx::worker {

void ProgressEvents::compiled(const submission::CompileReport& report) {
  queue_.progress(lease_, "compiled", submission::encode_compile_event(report));
}

void ProgressEvents::tested(const submission::TestReport& report) {
  queue_.progress(lease_, "test", submission::encode_test_event(report));
}

}  // namespace evalx::worker
