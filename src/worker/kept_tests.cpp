#include "worker/kept_tests.hpp"

#include <utility>

#include "base/log.hpp"
#include "submission/decode_report.hpp"

namespace evalx::worker {

using submission::TestReport;
using submission::Verdict;

bool is_final(const TestReport& report) {
  return report.verdict != Verdict::Cancelled && report.verdict != Verdict::Skipped &&
         report.verdict != Verdict::InternalError && report.verdict != Verdict::CompileError;
}

std::optional<std::vector<TestReport>> kept_tests(const std::vector<std::string>& parts,
                                                  const std::string& program, std::size_t tests) {
  std::vector<TestReport> kept;
  std::vector<bool> is_kept(tests);
  for (const std::string& part : parts) {
    auto checkpoint = submission::decode_checkpoint(part);
    if (!checkpoint) {
      log::warning("a checkpoint cannot be read", {{"field", checkpoint.error().front().field},
                                                   {"cause", checkpoint.error().front().message}});
      return std::nullopt;
    }
    if (checkpoint->program != program) {
      kept.clear();
      is_kept.assign(tests, false);
      continue;
    }
    for (TestReport& report : checkpoint->tests) {
      if (report.index >= tests || !is_final(report)) {
        log::warning("a checkpoint contains a test that the submission cannot have",
                     {{"index", report.index}});
        return std::nullopt;
      }
      if (is_kept[report.index]) continue;  // Its part was stored twice: the reply was lost.
      is_kept[report.index] = true;
      kept.push_back(std::move(report));
    }
  }
  return kept;
}

}  // namespace evalx::worker
