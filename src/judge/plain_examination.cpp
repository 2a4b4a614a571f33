#include "judge/plain_examination.hpp"

#include <optional>
#include <utility>

#include "base/log.hpp"
#include "judge/compare.hpp"
#include "judge/errc.hpp"
#include "judge/execution.hpp"
#include "judge/fingerprint.hpp"
#include "judge/test_reports.hpp"
#include "judge/verdict.hpp"

namespace evalx::judge {

using sandbox::Outcome;
using submission::TestReport;

/// Runs all its tests in one box, which it opens for the first of them.
class PlainExamination::OneBox final : public Examiner {
 public:
  OneBox(PlainExamination& examination, std::shared_ptr<const void> permit)
      : examination_(examination), permit_(std::move(permit)) {}

  Task<Result<TestReport>> examine(std::size_t index, std::stop_token stop) override;

 private:
  Task<Result<Outcome>> run(sandbox::RunSpec spec);
  sandbox::RunSpec run_spec(std::size_t index, std::stop_token stop);
  [[nodiscard]] Result<TestReport> judge(std::size_t index, Result<Outcome> outcome) const;

  PlainExamination& examination_;
  std::shared_ptr<const void> permit_;
  std::unique_ptr<sandbox::Box> box_;
};

PlainExamination::PlainExamination(sandbox::Sandbox& sandbox, Candidate candidate,
                                   std::vector<submission::Test> tests, submission::Compare compare)
    : sandbox_(sandbox),
      candidate_(std::move(candidate)),
      tests_(std::move(tests)),
      compare_(compare) {}

std::string PlainExamination::fingerprint() const {
  return judge::fingerprint(candidate_);
}

std::unique_ptr<Examiner> PlainExamination::examiner(std::shared_ptr<const void> permit) {
  return std::make_unique<OneBox>(*this, std::move(permit));
}

/// A run that was disturbed is made once more. If that is disturbed as well, the worker or its
/// machine is in trouble, and the job is for a later attempt.
Task<Result<TestReport>> PlainExamination::OneBox::examine(std::size_t index,
                                                           std::stop_token stop) {
  sandbox::RunSpec spec = run_spec(index, stop);
  auto outcome = co_await run(std::move(spec));
  auto report = judge(index, std::move(outcome));
  if (!report && report.error().code == Errc::Disturbed && !stop.stop_requested()) {
    log::warning("a run is repeated", {{"cause", report.error().what}});
    sandbox::RunSpec again = run_spec(index, stop);
    outcome = co_await run(std::move(again));
    report = judge(index, std::move(outcome));
  }
  examination_.tests_[index].stdin_bytes = {};  // Each test is examined only once.
  co_return report;
}

/// Opens the box if there is none. After a fault of evalX the box is not used again.
Task<Result<Outcome>> PlainExamination::OneBox::run(sandbox::RunSpec spec) {
  if (!box_) {
    sandbox::BoxSpec place;
    place.files = examination_.candidate_.program;
    place.profile = examination_.candidate_.profile;
    place.held = permit_;
    auto opened = co_await examination_.sandbox_.open(std::move(place));
    if (!opened) co_return tl::make_unexpected(std::move(opened).error());
    box_ = *std::move(opened);
  }
  auto outcome = co_await box_->run(std::move(spec));
  if (!outcome) box_.reset();
  co_return outcome;
}

sandbox::RunSpec PlainExamination::OneBox::run_spec(std::size_t index, std::stop_token stop) {
  const Candidate& candidate = examination_.candidate_;
  const submission::Test& test = examination_.tests_.at(index);
  sandbox::RunSpec spec;
  spec.argv = candidate.argv;
  spec.argv.insert(spec.argv.end(), test.args.begin(), test.args.end());
  spec.environment = candidate.environment;
  spec.limits = candidate.limits;
  spec.stdin_bytes = test.stdin_bytes;
  spec.proc = candidate.proc;
  spec.stop = std::move(stop);
  return spec;
}

Result<TestReport> PlainExamination::OneBox::judge(std::size_t index,
                                                   Result<Outcome> outcome) const {
  const Candidate& candidate = examination_.candidate_;
  if (!outcome) return tl::make_unexpected(std::move(outcome).error());
  const std::string& program = candidate.argv.front();
  if (outcome->cause == sandbox::Cause::NotStarted && !is_own_fault(*outcome, program)) {
    return tl::make_unexpected(start_failure(*outcome, program, candidate.packages));
  }
  const submission::Test& test = examination_.tests_[index];
  std::optional<std::string> difference;
  if (test.expected_output && is_to_compare(*outcome)) {
    auto found = first_difference(examination_.compare_, *test.expected_output, outcome->out.head);
    if (found) difference = std::move(found->place);
  }
  Decision decision = decide(*outcome, difference);
  // A right output is right, however it came about.
  const bool is_right = test.expected_output && decision.verdict == submission::Verdict::Accepted;
  if (may_be_disturbed(*outcome) && !is_right) return fail(Errc::Disturbed, outcome->disturbance);
  return report_of(index, *std::move(outcome), std::move(decision));
}

}  // namespace evalx::judge
