#pragma once
// Progress: the interface through which the judge reports each step of one submission.

#include <functional>
#include <string>
#include <vector>

#include "submission/report.hpp"

namespace evalx::judge {

/// Called on the judge's thread, while the submission is being judged.
class Progress {
 public:
  /// Returns Examination::fingerprint(), the name of what the tests are run with. Expensive: it
  /// reads the whole program. Valid while the submission is being judged.
  using ProgramName = std::function<std::string()>;

  /// The program is compiled, or the compiler refused it. Not called without a compile step.
  virtual void compiled(const submission::CompileReport&) {}
  /// Called before the first test. Returns the tests that an earlier attempt finished with a
  /// program of the same name: each index once, each with a verdict of its own. They are taken as
  /// they are: not run and not reported again.
  virtual std::vector<submission::TestReport> begin(ProgramName) { return {}; }
  /// A test ended. The report stays at its address while the submission is being judged.
  virtual void tested(const submission::TestReport&) {}

 protected:
  ~Progress() = default;
};

}  // namespace evalx::judge
