#pragma once
// PlainExamination: each test runs the program once and compares its output with the expected one.

#include <vector>

#include "judge/candidate.hpp"
#include "judge/examination.hpp"
#include "submission/submission.hpp"

namespace evalx::judge {

class PlainExamination final : public Examination {
 public:
  /// `tests` has at least one. `sandbox` must outlive the examination.
  PlainExamination(sandbox::Sandbox& sandbox, Candidate candidate,
                   std::vector<submission::Test> tests, submission::Compare compare);

  [[nodiscard]] std::size_t tests() const override { return tests_.size(); }
  /// One box, with the program's memory limit.
  [[nodiscard]] Demand demand() const override { return {1, candidate_.limits.memory}; }
  [[nodiscard]] std::string fingerprint() const override;
  std::unique_ptr<Examiner> examiner(std::shared_ptr<const void> permit) override;

 private:
  class OneBox;

  sandbox::Sandbox& sandbox_;
  Candidate candidate_;
  std::vector<submission::Test> tests_;
  submission::Compare compare_;
};

}  // namespace evalx::judge
